"""One tag of a git repository as files, by the git binary, taking nothing on trust.

Nothing is checked out: the objects of the tag are read one by one, so that no hook, filter, submodule or link of a repository
ever acts. What could be an option, another protocol or a path out is refused before git sees it. Must not know the lock.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from provisioner.sources.problem import SourceError

PREFIX = "git::"
SCHEMES: tuple[str, ...] = ("https", "ssh")  # tests add file
FILES = 5_000  # in one repository
BYTES = 50_000_000  # of them all
PACK = 500_000_000  # that git may write while fetching
_SECONDS = 300
_FORM = "git::https://host/repository.git//folder?ref=v1.2"

_ADDRESS = re.compile(
    r"(?P<scheme>[a-z]+)://(?P<user>[A-Za-z0-9._-]+@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)?(?P<port>:[0-9]{1,5})?"
    r"(?P<path>(/[A-Za-z0-9._~+-]+)+)(//(?P<folder>[A-Za-z0-9._~+/-]+))?"
)
_LINK = "120000"  # git's mode of a symbolic link
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]*")


@dataclass(frozen=True, slots=True)
class GitSource:
    """A repository, a tag of it, and a folder in it (empty: its top)."""

    url: str
    tag: str
    folder: str = ""

    @property
    def name(self) -> str:
        """The repository at the tag, as the lock has it."""
        return f"{PREFIX}{self.url}?ref={self.tag}"


def parse(written: str) -> GitSource:
    """The source that was written; ``SourceError`` for anything that is not plainly one."""
    address, _, query = written.removeprefix(PREFIX).partition("?")
    found = _ADDRESS.fullmatch(address)
    if found is None:
        hint = f"the form is {_FORM}"
        if re.search(r"//[^/@]+:[^/@]*@", address):
            hint = "a password does not belong into a blueprint; git's own credential helpers know it"
        raise SourceError(f"{_masked(written)!r} is no git source", hint)
    scheme, folder = found["scheme"], (found["folder"] or "").rstrip("/")
    if scheme not in SCHEMES:
        raise SourceError(f"{_masked(written)!r}: {scheme} is not allowed", f"use {' or '.join(SCHEMES)}")
    if bool(found["host"]) == (scheme == "file") or (found["user"] and scheme != "ssh"):
        raise SourceError(f"{_masked(written)!r} is no git source", f"the form is {_FORM}")
    if any(map(_bad, [*found["path"][1:].split("/"), *(folder.split("/") if folder else ())])):
        raise SourceError(f"{_masked(written)!r}: a path may not hold '..', '.' or .git", f"the form is {_FORM}")
    tag = query.removeprefix("ref=")
    if not query.startswith("ref=") or not tag:
        raise SourceError(f"{_masked(written)!r} names no tag", f"add one: {PREFIX}{address}?ref=v1.2")
    if not _TAG.fullmatch(tag) or ".." in tag or "//" in tag or tag.endswith((".lock", "/", ".")):
        raise SourceError(f"{tag!r} is no name of a tag", f"the form is {_FORM}")
    return GitSource(address[: found.start("folder") - 2] if folder else address.rstrip("/"), tag, folder)


def _masked(written: str) -> str:
    """What was written, without the user and password of its address: a message is kept and sent on."""
    return re.sub(r"//[^/@]*:.*@|(?<!ssh:)//[^/@]*@", "//***@", written)


def fetch(source: GitSource) -> tuple[dict[str, bytes], str]:
    """The files of the tag by path, and its commit. ``SourceError`` where git cannot, or the repository is hostile."""
    with tempfile.TemporaryDirectory(prefix="orch-git-") as folder:
        git = _Git(Path(folder), source)
        git("init", "--quiet", "--bare", "--template=", ".")
        reference = f"refs/tags/{source.tag}"
        git("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", source.url,
            f"{reference}:{reference}", limit=PACK)  # fmt: skip
        commit = git("rev-parse", "--verify", f"{reference}^{{commit}}").decode().strip()
        wanted = _listed(git("ls-tree", "-r", "-z", "-l", "--full-tree", commit).decode(errors="surrogateescape"), git)
        return git.blobs(wanted), commit


def _listed(listing: str, git: _Git) -> dict[str, str]:
    """Object by path. Links inside of the repository and submodules are left out; links out of it are refused."""
    files: dict[str, str] = {}
    links: dict[str, str] = {}
    lines = listing.split("\0")[:-1]
    left = BYTES
    for line in lines:
        facts, _, path = line.partition("\t")
        mode, kind, ident, size = facts.split()
        if not path.isprintable() or "\\" in path or any(map(_bad, path.split("/"))):
            raise git.hostile(f"it has a file called {path!a}")
        if kind == "blob":
            (links if mode == _LINK else files)[path] = ident
            left -= int(size)
    if len(lines) > FILES or left < 0:
        raise git.hostile(f"it holds more than {FILES:,} files or {BYTES // 1_000_000} MB")
    for path, target in git.blobs(links).items():
        if _leads_out(path, target.decode(errors="replace")):
            raise git.hostile(f"the link {path} leads out of it, to {target[:80]!a}")
    return files


def _bad(part: str) -> bool:
    return part in ("", ".", "..") or part.lower() == ".git"


def _leads_out(path: str, target: str) -> bool:
    at = list(PurePosixPath(path).parent.parts)
    for part in target.split("/"):
        if part == "..":
            if not at:
                return True
            at.pop()
        elif part not in ("", "."):
            at.append(part)
    return target.startswith("/")


class _Git:
    """The git binary in one empty repository of ours."""

    def __init__(self, folder: Path, source: GitSource) -> None:
        self._folder = folder
        self._source = source
        # What steers git elsewhere stays outside; credentials, proxies and certificates are the user's own.
        kept = {key: value for key, value in os.environ.items() if key not in _NOT_OURS}
        self._environ = kept | {
            "GIT_ALLOW_PROTOCOL": ":".join(SCHEMES), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
            "GIT_LFS_SKIP_SMUDGE": "1",
        }  # fmt: skip

    def __call__(self, *arguments: str, given: bytes = b"", limit: int = 0) -> bytes:
        settings = (f"core.hooksPath={os.devnull}", "core.fsmonitor=false", "gc.auto=0")
        command = ["git", *(word for setting in settings for word in ("-c", setting)), *arguments]
        try:
            done = subprocess.run(
                command, cwd=self._folder, env=self._environ, input=given, capture_output=True, timeout=_SECONDS,
                check=False, preexec_fn=_bounded(limit) if limit else None,
            )  # fmt: skip
        except FileNotFoundError:
            raise SourceError("the git command is missing, and this source needs it", "install git") from None
        except subprocess.TimeoutExpired:
            raise SourceError(f"{self._source.name}: git was not done after {_SECONDS} s") from None
        if done.returncode:
            said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
            reason = said[0].removeprefix("fatal: ") if said else f"it ended with {done.returncode}"
            raise SourceError(f"git cannot fetch {self._source.name}: {ascii(reason)[1:-1]}", self._hint(reason))
        return done.stdout

    def _hint(self, reason: str) -> str:
        return f"is there a tag {self._source.tag}? A branch will not do" if "find remote ref" in reason else ""

    def hostile(self, what: str) -> SourceError:
        """The refusal of the repository."""
        return SourceError(f"{self._source.name} is refused: {what}")

    def blobs(self, wanted: dict[str, str]) -> dict[str, bytes]:
        """Contents by path."""
        asked = "".join(f"{ident}\n" for ident in wanted.values()).encode()
        answer = self("cat-file", "--batch", given=asked)
        out, at = {}, 0
        for path in wanted:
            end = answer.index(b"\n", at)
            size = int(answer[at:end].split()[-1])
            out[path] = answer[end + 1 : end + 1 + size]
            at = end + size + 2
        return out


_NOT_OURS = frozenset(
    {
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_NAMESPACE", "GIT_TEMPLATE_DIR", "GIT_COMMON_DIR", "GIT_EXEC_PATH",
    }
)  # fmt: skip


def _bounded(size: int) -> Callable[[], None] | None:
    """Where the system can: no file that git writes may grow larger, a pack that never ends among them."""
    if sys.platform == "win32":
        return None

    def bound() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return bound
