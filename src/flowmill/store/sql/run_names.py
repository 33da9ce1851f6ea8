"""Names for runs that were given none."""

from __future__ import annotations

_FIRST = """
    amber brisk calm clever copper coral crisp dapper deep eager early fair fleet fresh gentle glad golden
    grand green happy hidden humble keen kind lively loyal lucid lunar mellow merry mild misty noble opal
    patient placid plucky polar proud quick quiet rapid rare rosy royal rustic serene silent silver smooth
    snowy solar solid sonic steady still stout sunny swift tidal tidy true vivid warm wild wise witty young
""".split()
_SECOND = """
    acorn anvil badger barley beacon birch brook canal cedar clover comet crane creek dune falcon fern finch
    flume forge fox garnet grain grove harbor hawk heron hill ibex jay kestrel lagoon larch lark lynx maple
    marten meadow mill moss oak oriole otter owl pebble pine plover quartz rapids raven reed ridge river
    robin rook sail sluice sparrow spring spruce stone stream swan thrush tide vale weir wheel willow wren
""".split()


def invent_run_name(run_id: str) -> str:
    """``brisk-otter-417``: three parts chosen by the run's id, so that the same id gives the same name."""
    number = int(run_id[:12], 16) if all(c in "0123456789abcdef" for c in run_id[:12]) else hash(run_id)
    number, first = divmod(number, len(_FIRST))
    number, second = divmod(number, len(_SECOND))
    return f"{_FIRST[first]}-{_SECOND[second]}-{number % 1000}"
