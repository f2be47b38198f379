"""Parses the command line of a libFuzzer target: `-name=value` flags, then files and folders."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAGS: dict[str, tuple[int | str, str]] = {
    "artifact_prefix": ("", "write failing inputs to this path followed by crash-HASH"),
    "atheris_runs": (-1, "the number of executions, the corpus included; -1 means no limit"),
    "dict": ("", "a dictionary file in AFL's format"),
    "error_exitcode": (77, "the exit status after a failing input"),
    "exact_artifact_path": ("", "write the failing input to this file"),
    "fork": (0, "the number of worker processes"),
    "html": ("", "write an HTML report to this file (not in libFuzzer)"),
    "http": ("", "serve a live page at this address, such as 127.0.0.1:0 (not in libFuzzer)"),
    "help": (0, "print this help"),
    "ignore_crashes": (0, "with -fork: go on after a failing input, one for each kind of failure"),
    "jobs": (0, "the same as -workers, unless that is given"),
    "keepgoing": (0, "the same as -ignore_crashes, also without -fork (not in libFuzzer)"),
    "max_len": (0, "the length to which inputs are cut, in bytes; 0 means no limit"),
    "max_total_time": (0, "the number of seconds to run; 0 means no limit"),
    "merge": (0, "copy to the first folder the inputs of the others that add coverage"),
    "minimize_crash": (0, "make the given failing input smaller"),
    "print_final_stats": (0, "print statistics at the end"),
    "rss_limit_mb": (2048, "treat using more memory than this as a failure; 0 means no limit"),
    "runs": (-1, "the number of executions; -1 means no limit"),
    "seed": (0, "seed the random number generator; 0 means a different one each time"),
    "timeout": (1200, "treat an execution of more seconds than this as a failure"),
    "timeout_exitcode": (70, "the exit status after a timeout"),
    "workers": (0, "the number of worker processes"),
}
"""Each flag with its default and a line of help."""

_WITHOUT_MEANING = """
analyze_dict close_fd_mask create_missing_dirs cross_over cross_over_uniform_dist
data_flow_trace detect_leaks dump_coverage entropic entropic_feature_frequency_threshold
entropic_number_of_rarest_features entropic_scale_per_exec_time experimental_len_control
features_dir focus_function fork_corpus_groups handle_abrt handle_bus handle_fpe handle_ill
handle_int handle_segv handle_term handle_trap handle_usr1 handle_usr2 handle_winexcept
handle_xfsz ignore_ooms ignore_remaining_args ignore_timeouts interrupt_exitcode keep_seed
len_control len_control_factor lazy_counters load_dict_from_corpus malloc_limit_mb max_counters
merge_control_file merge_inner mutate_depth mutation_graph_file only_ascii prefer_small
print_coverage print_corpus_stats print_full_coverage print_funcs print_pcs
purge_allocator_interval reduce_depth reduce_inputs reload report_slow_units
save_minimized_corpus seed_inputs set_cover_merge shrink shuffle stop_file trace_malloc
use_clang_coverage use_cmp use_counters use_indirect_counters use_memmem use_value_profile
verbosity
"""
"""Flags of libFuzzer that are accepted and change nothing."""

_IGNORED = frozenset(_WITHOUT_MEANING.split())
_NUMBER = re.compile(r"\s*[+-]?\d+")


class HarnessFlags:
    """The flags of a harness, as attributes, and its other arguments.

    Attributes:
        inputs: the files and folders.
        unknown: the flags that libFuzzer does not have either.
        unused: the flags of libFuzzer that change nothing here.
    """

    artifact_prefix: str
    atheris_runs: int
    dict: str
    error_exitcode: int
    exact_artifact_path: str
    fork: int
    html: str
    http: str
    help: int
    ignore_crashes: int
    jobs: int
    keepgoing: int
    max_len: int
    max_total_time: int
    merge: int
    minimize_crash: int
    print_final_stats: int
    rss_limit_mb: int
    runs: int
    seed: int
    timeout: int
    timeout_exitcode: int
    workers: int

    def __init__(self) -> None:
        for name, (default, _) in _FLAGS.items():
            setattr(self, name, default)
        self.inputs: list[str] = []
        self.unknown: list[str] = []
        self.unused: list[str] = []

    @property
    def processes(self) -> int:
        """The number of worker processes."""
        return max(self.fork, self.workers or self.jobs, 1)

    @property
    def keeps_going(self) -> bool:
        """Whether a failing input does not end the run."""
        return bool(self.keepgoing or (self.fork and self.ignore_crashes))


def parse(arguments: Sequence[str]) -> HarnessFlags:
    """Parse the arguments that a harness gave to `atheris.Setup`, without the program.

    A flag that is given twice has its last value; a number that cannot be read is 0.
    """
    flags = HarnessFlags()
    for number, argument in enumerate(arguments):
        if argument == "-ignore_remaining_args=1":
            break
        if argument.startswith("--"):
            # An option of the harness.
            continue
        if len(argument) < 2 or not argument.startswith("-"):
            flags.inputs.append(argument)
            continue
        name, equals, text = argument[1:].partition("=")
        if name in _FLAGS and equals:
            _set(flags, name, text)
        elif name in _IGNORED and equals:
            flags.unused.append(argument)
        else:
            flags.unknown.append(arguments[number])
    return flags


def _set(flags: HarnessFlags, name: str, text: str) -> None:
    if isinstance(_FLAGS[name][0], str):
        setattr(flags, name, text)
        return
    found = _NUMBER.match(text)
    setattr(flags, name, int(found[0]) if found else 0)


def without_flags(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that are not flags of libFuzzer, as `atheris.Setup` does."""
    return [one for one in arguments if len(one) < 2 or one[0] != "-" or one[1] == "-"]


def help_text(program: str) -> str:
    """Return the output of -help=1."""
    lines = [f"usage: {program} [-flag=value ...] [corpus folders, or inputs to execute]", ""]
    for name, (default, text) in sorted(_FLAGS.items()):
        lines.append(f" {name:<20} {default!s:<6} {text}")
    return "\n".join(lines) + "\n"
