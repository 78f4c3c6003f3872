"""Plays the rounds of Python's aiofile: a request a line on standard input, an answer a line on
standard output, both JSON. The backend is chosen by CAIO_IMPL, as its users do."""

import array
import asyncio
import json
import math
import os
import sys
import time
import traceback
import zlib

MICRO = 1e-3
WORD_BYTES = 8
MASK = (1 << 64) - 1


def word(index):
    z = ((index + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def stamped(block_bytes, number, positions):
    """What the round writes, made before the clock starts."""
    first = number * block_bytes // WORD_BYTES
    words = (word(first + index) for index in range(1, block_bytes // WORD_BYTES))
    rest = b"".join(each.to_bytes(WORD_BYTES, "little") for each in words)
    return [((position * 31 + number) & MASK).to_bytes(WORD_BYTES, "little") + rest
            for position in positions]


def positions_of(request):
    positions = array.array("q")
    with open(request["positions"], "rb") as source:
        positions.frombytes(source.read())
    return positions


def percentiles(nanos):
    ordered = sorted(nanos)

    def at(part):
        return ordered[max(math.ceil(part * len(ordered)), 1) - 1] * MICRO

    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "p999": at(0.999),
            "max": ordered[-1] * MICRO}


class Awaited:
    def __init__(self, aiofile, work, path):
        if work["access"] != "BUFFERED":
            raise NotImplementedError("it has no O_DIRECT")
        self.work = work
        self.file = aiofile.AIOFile(path, "rb" if work["operation"] == "READ" else "rb+")

    async def open(self):
        await self.file.open()
        return self

    async def close(self):
        await self.file.close()

    async def play(self, request, checksums=None):
        positions = positions_of(request)
        reads = self.work["operation"] == "READ"
        syncs = self.work["operation"] == "WRITE_AND_SYNC"
        block_bytes = self.work["blockBytes"]
        file = self.file
        blocks = [] if reads else stamped(block_bytes, request["round"], positions)
        order = iter(range(len(positions)))
        nanos = [0] * len(positions)
        last = []

        async def one_in_flight():
            position, data = 0, b""
            for index in order:
                position = positions[index]
                start = time.perf_counter_ns()
                if reads:
                    data = await file.read_bytes(block_bytes, position)
                    if len(data) != block_bytes:
                        raise RuntimeError(f"{len(data)} bytes instead of {block_bytes}")
                else:
                    await file.write_bytes(blocks[index], position)
                    if syncs:
                        await file.fdsync()
                nanos[index] = time.perf_counter_ns() - start
                if checksums is not None:
                    checksums[index] = zlib.crc32(data)
            last.append((position, zlib.crc32(data)))

        count = min(self.work["inFlight"], len(positions))
        processor = time.process_time_ns()
        began = time.perf_counter_ns()
        await asyncio.gather(*(one_in_flight() for _ in range(count)))
        elapsed = time.perf_counter_ns() - began
        processor = time.process_time_ns() - processor
        return len(positions), elapsed, processor, nanos, last

    async def round(self, request):
        operations, elapsed, processor, nanos, last = await self.play(request)
        metrics = {"operations": operations * 1e9 / elapsed, **percentiles(nanos),
                   "processor": processor * MICRO / operations}
        answer = {"operations": operations, "metrics": metrics}
        if self.work["operation"] == "READ":
            answer["last"] = [[position, signed(crc)] for position, crc in last]
        return answer

    async def check(self, request):
        checksums = array.array("I", bytes(4 * len(positions_of(request))))
        operations, *_ = await self.play(request, checksums)
        with open(request["into"], "wb") as target:
            target.write(checksums.tobytes())
        return {"operations": operations}


def signed(crc):
    return crc - (1 << 32) if crc >= 1 << 31 else crc


class Scan:
    def __init__(self, aiofile, work, path):
        if work["access"] != "BUFFERED":
            raise NotImplementedError("it has no O_DIRECT")
        self.aiofile = aiofile
        self.work = work
        self.path = path

    async def open(self):
        return self

    async def close(self):
        pass

    async def scan(self, take):
        async with self.aiofile.AIOFile(self.path, "rb") as file:
            async for chunk in self.aiofile.Reader(file, chunk_size=self.work["chunkBytes"]):
                take(chunk)

    async def round(self, _):
        count = 0

        def take(chunk):
            nonlocal count
            count += len(chunk)

        began = time.perf_counter_ns()
        await self.scan(take)
        elapsed = time.perf_counter_ns() - began
        return {"bytes": count, "metrics": {"bytes": count * 1e3 / elapsed}}

    async def check(self, _):
        crc = 0

        def take(chunk):
            nonlocal crc
            crc = zlib.crc32(chunk, crc)

        await self.scan(take)
        return {"crc": crc}


class Lines:
    def __init__(self, aiofile, _, path):
        self.aiofile = aiofile
        self.path = path

    async def open(self):
        return self

    async def close(self):
        pass

    async def round(self, _):
        lines = characters = 0
        began = time.perf_counter_ns()
        async with self.aiofile.AIOFile(self.path, "r") as file:
            async for line in self.aiofile.LineReader(file):
                lines += 1
                characters += len(line) - 1
        elapsed = time.perf_counter_ns() - began
        return {"lines": lines, "characters": characters,
                "metrics": {"lines": lines * 1e9 / elapsed}}

    async def check(self, _):
        crc = 0
        async with self.aiofile.AIOFile(self.path, "r") as file:
            async for line in self.aiofile.LineReader(file):
                crc = zlib.crc32(line.encode(), crc)
        return {"crc": crc}


KINDS = {"awaited": Awaited, "scan": Scan, "lines": Lines}


async def answer_to(aiofile, request, state):
    what = request["do"]
    if what == "open":
        work = request["work"]
        if work["kind"] not in KINDS:
            return {"missing": "it has no such thing"}
        try:
            state["job"] = await KINDS[work["kind"]](aiofile, work, request["file"]).open()
        except NotImplementedError as reason:
            return {"missing": str(reason)}
        return {}
    if what == "round":
        return await state["job"].round(request)
    if what == "check":
        return await state["job"].check(request)
    await state.pop("job").close()
    return {}


def main():
    answers = os.fdopen(os.dup(1), "w")
    sys.stdout = sys.stderr
    try:
        import aiofile
        import caio
        wanted = os.environ["CAIO_IMPL"]
        if not caio.AsyncioContext.__module__.startswith(f"caio.{PREFIXES[wanted]}"):
            raise ImportError(f"caio has no backend {wanted}")
        unusable = None
    except ImportError as failure:
        unusable = f"python3 cannot import aiofile: {failure}"

    async def serve():
        state = {}
        loop = asyncio.get_running_loop()
        while True:
            line = await loop.run_in_executor(None, sys.stdin.readline)
            if not line:
                return
            try:
                answer = {"missing": unusable} if unusable else await answer_to(
                    aiofile, json.loads(line), state)
            except Exception as failure:
                traceback.print_exc()
                answer = {"error": repr(failure)}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

    asyncio.run(serve())


PREFIXES = {"uring": "linux_uring", "linux": "linux_aio", "thread": "thread_aio",
            "python": "python_aio"}

if __name__ == "__main__":
    main()
