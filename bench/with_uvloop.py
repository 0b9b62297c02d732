"""Runs a program unchanged with uvloop as asyncio's event loop: with_uvloop.py PROGRAM [ARGUMENT ...]"""
import asyncio
import runpy
import sys

import uvloop

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
