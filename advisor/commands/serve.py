"""`advisor serve`: the same app in the browser, on the loopback interface."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (this machine)")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="accept an address that other machines can reach; anyone there can use the app as you",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from advisor.web import serve

    serve(host=args.host, port=args.port, allow_remote=args.allow_remote)
    return 0
