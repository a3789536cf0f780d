"""Two sides of TLS that speak in memory: whether they take each other."""

import contextlib
import ssl


def shakes_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> bool:
    """Whether both come to the end of the handshake; raises ``ssl.SSLError`` as the side does that refuses."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    done = [False, False]
    for _ in range(10):
        for place, side in enumerate(sides):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
                done[place] = True
    return all(done)
