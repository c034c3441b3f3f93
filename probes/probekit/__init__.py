"""What every probe program shares: the channel, the leash, timing, counters, and the two runners.

Standard library and numpy only, apart from the runners, which import their framework when made.
Nothing here may import `advisor`: a probe runs under interpreters that do not have it.
"""
