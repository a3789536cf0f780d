"""The console's pages: those of the gateway, with a frame and a page of problems of their own."""

from aiohttp import web

from gateway.web.pages.render import Pages
from gateway.web.problems import Problem


class ConsolePages(Pages):
    """A problem here leads back into the console, and never to the public pages."""

    def render_problem(self, request: web.Request, problem: Problem) -> web.Response:
        """The problem as a page; what was posted is not posted again in the other language."""
        again = request.method in ("GET", "HEAD") and not request.path.startswith("/console/auth/")
        place = "" if again else "/console"
        return self.render(request, "console/problem.html", status=problem.status, problem=problem, place=place)
