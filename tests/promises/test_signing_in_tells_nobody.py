"""What the logs, the metrics and the addresses tell of those who sign in: nothing that is theirs."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from structlog.testing import capture_logs

from tests.support.entrance import BROWSER, entrance

CIVIL, CPR, SAUDI = "279112346306", "791162871", "1084260288"


async def test_no_number_code_state_cookie_or_token_is_logged_or_counted(tmp_path: Path) -> None:
    async with entrance(tmp_path, ("bh-ekey", "sa-nafath")) as gate:
        with capture_logs() as logs:
            browser = gate.browser()
            url = await browser.callback("bh-ekey", "resident")
            await browser.get(url)
            secrets = [browser.secret, browser.cookies[BROWSER], (await browser.account()).field("form")]
            query = parse_qs(urlsplit(url).query)
            await browser.get(url)
            await gate.browser().get(f"/auth/callback/bh-ekey?state={CPR}&code={CIVIL}")
            other = gate.browser()
            waiting = (await other.waiting("sa-nafath", SAUDI)).location
            await gate.telephone("sa-nafath", "saudi-citizen")
            await other.wait(waiting)
            secrets += [other.secret, waiting.rsplit("/", 1)[1]]
            await browser.act("signout")
        async with gate.session.get(f"{gate.house.operators_url}/metrics") as answer:
            told = f"{logs} {await answer.text()}"

    assert [each for each in logs if each["event"] == "session.begun"]
    for canary in (CIVIL, CPR, SAUDI, query["code"][0], query["state"][0], *secrets):
        assert canary
        assert canary not in told
    assert not {CPR, SAUDI} & set(url.replace("=", "/").replace("&", "/").split("/"))
