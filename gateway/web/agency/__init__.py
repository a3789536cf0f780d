"""``/agency``: what members of agencies see and do in a browser, by the same acts as their programs."""
