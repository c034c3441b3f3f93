"""`advisor serve`: the same app in the browser, on the loopback interface."""

from __future__ import annotations

import argparse
import os

from advisor.arguments import add_rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (this machine)")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="accept an address that other machines can reach; anyone there can use the app as you",
    )
    parser.add_argument("--answers", metavar="FILE", help="start each tab from these answers")
    parser.add_argument("--probe", metavar="FILE", help="use the measurements in this probe file")
    add_rules(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from advisor.web import serve

    arguments: list[str] = []
    for option, value in (("--answers", args.answers), ("--probe", args.probe)):
        if value:
            arguments += [option, os.path.realpath(value)]
    for folder in args.rules:
        arguments += ["--rules", os.path.realpath(folder)]
    serve(host=args.host, port=args.port, allow_remote=args.allow_remote, arguments=arguments)
    return 0
