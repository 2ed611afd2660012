"""Command line of the simulator."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading

from .app import Application
from .server import Server
from .world import World

_logger = logging.getLogger(__name__)


def main(argv=None) -> int:
    """Run the vendor simulator until it is told to stop."""
    parser = argparse.ArgumentParser(prog="simulator", description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8790)
    parser.add_argument("--state", required=True, help="directory of the world's file")
    parser.add_argument("--seed", type=int, default=7, help="seed of the catalogue")
    parser.add_argument("--clock", help="ISO instant at which an empty world starts")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args(argv)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    world = World(options.state, seed=options.seed, clock=options.clock)
    server = Server((options.host, options.port), Application(world))

    def stop(number, frame):
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    _logger.info("listening on http://%s:%s/", options.host, options.port)
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    world.store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
