"""Modules from git: locked by content, and nothing that a source or a repository says is taken on trust."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.model.problem import OrchError
from provisioner.sources import SourceError, Sources, git, project_of
from tests.unit.blueprint.conftest import written

TEMPLATE = "resources: {}\n"


@pytest.fixture
def run_git(tmp_path: Path) -> Callable[..., str]:
    """Git in the repository, with no settings of this machine."""

    def run(*arguments: str, given: str | None = None) -> str:
        who = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        done = subprocess.run(
            ["git", *arguments], cwd=tmp_path / "repository", capture_output=True, text=True, check=True, input=given,
            env={**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
        )  # fmt: skip
        return done.stdout.strip()

    return run


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_git: Callable[..., str]) -> Path:
    """A repository with two modules, tagged v1.0; file:// is allowed, and the project's folder is the working directory."""
    monkeypatch.setattr(git, "SCHEMES", (*git.SCHEMES, "file"))
    folder = written(tmp_path / "repository", {"net/blueprint.yaml.j2": TEMPLATE, "other/blueprint.yaml.j2": TEMPLATE})
    run_git("init", "--quiet", "--initial-branch=main")
    commit(run_git, "v1.0")
    written(tmp_path / "project", {"orch.yaml": "", "app/blueprint.yaml.j2": TEMPLATE})
    monkeypatch.chdir(tmp_path / "project")
    return folder


def commit(run_git: Callable[..., str], tag: str, *force: str) -> None:
    run_git("add", "--all")
    run_git("commit", "--quiet", "--allow-empty", "-m", "x")
    run_git("tag", *force, tag)


def source(repository: Path, folder: str = "net", tag: str = "v1.0") -> str:
    return f"git::file://{repository}//{folder}?ref={tag}"


def find(written_source: str, **how: bool) -> Path:
    sources = Sources(Path("app"), **how)
    found = sources.find(written_source, sources.home()).folder
    if how:
        sources.save()
    return found


def test_locked_once_then_used_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="is not locked") as refused:
        find(source(repository))
    assert refused.value.hint == "orch modules lock app"
    folder = find(source(repository), fetch=True)
    lock = Path("orch.lock").read_text()
    assert f'"git::file://{repository}?ref=v1.0":' in lock and "digest: sha256:" in lock
    monkeypatch.setenv("PATH", "")
    assert find(source(repository)) == folder
    assert (folder / "blueprint.yaml.j2").read_text() == TEMPLATE
    assert folder.parts[:2] == (".orch", "modules")


def test_from_a_module_of_git_a_path_leads_to_its_repository_only(repository: Path) -> None:
    sources = Sources(Path("app"), fetch=True)
    home = sources.find(source(repository), sources.home())
    assert sources.find("../other", home).folder == home.folder.parent / "other"
    with pytest.raises(SourceError, match="leads out of"):
        sources.find("../../../../app", home)


def test_a_clone_of_the_project_fetches_what_is_locked(repository: Path) -> None:
    find(source(repository), fetch=True)
    shutil.rmtree(".orch")
    with pytest.raises(SourceError, match="locked, and not fetched yet"):
        find(source(repository))
    lock = Path("orch.lock").read_text()
    find(source(repository), fetch=True)
    assert Path("orch.lock").read_text() == lock


def test_a_moved_tag_is_refused_until_it_is_wanted(repository: Path, run_git: Callable[..., str]) -> None:
    find(source(repository), fetch=True)
    shutil.rmtree(".orch")
    (repository / "net" / "blueprint.yaml.j2").write_text("resources: {}  # evil\n")
    commit(run_git, "v1.0", "--force")
    with pytest.raises(SourceError, match="the tag was moved") as refused:
        find(source(repository), fetch=True)
    assert "orch modules lock --update app" in refused.value.hint
    folder = find(source(repository), fetch=True, update=True)
    assert "evil" in (folder / "blueprint.yaml.j2").read_text()
    assert find(source(repository)) == folder


@pytest.mark.parametrize("how", ["changed", "added", "linked"])
def test_a_copy_that_was_tampered_with_is_refused_and_mended(repository: Path, how: str) -> None:
    folder = find(source(repository), fetch=True)
    if how == "changed":
        (folder / "blueprint.yaml.j2").write_text("resources: {a: 1}\n")
    elif how == "added":
        (folder / "macros.j2").write_text("x")
    else:
        (folder / "secrets.j2").symlink_to("/etc/hostname")
    with pytest.raises(SourceError, match=r"is not what orch\.lock fixes") as refused:
        find(source(repository))
    assert refused.value.hint == "fetch it again: orch modules lock app"
    find(source(repository), fetch=True)
    assert find(source(repository)) == folder


def test_a_lock_of_other_blueprints_stays(repository: Path) -> None:
    find(source(repository), fetch=True)
    written(Path(), {"app2/blueprint.yaml.j2": TEMPLATE})
    run = subprocess.run(["git", "tag", "v2"], cwd=repository, check=True)
    assert run.returncode == 0
    sources = Sources(Path("app2"), fetch=True)
    sources.find(source(repository, tag="v2"), sources.home())
    sources.save()
    assert Path("orch.lock").read_text().count("digest:") == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "is no list of locked modules"),
        ("format_version: 9", "has format 9"),
        ("format_version: 1\nmodules:\n  x: {commit: a, digest: ../../etc}", "orch.lock:3: x has no digest and commit"),
    ],
)
def test_a_broken_lock(repository: Path, text: str, message: str) -> None:
    Path("orch.lock").write_text(text)
    with pytest.raises(OrchError, match=message):
        find(source(repository))


def test_what_git_says_is_passed_on(repository: Path) -> None:
    with pytest.raises(SourceError, match=r"git cannot fetch .*v9") as refused:
        find(source(repository, tag="v9"), fetch=True)
    assert refused.value.hint == "is there a tag v9? A branch will not do"
    with pytest.raises(SourceError, match=r"git cannot fetch .*main"):
        find(source(repository, tag="main"), fetch=True)
    with pytest.raises(SourceError, match="has no folder 'nett'") as refused:
        find(source(repository, "nett"), fetch=True)
    assert refused.value.hint == "did you mean net?"


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SourceError, match="the git command is missing"):
        find(source(repository), fetch=True)


# --- hostile sources -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written_source",
    [
        "git::ext::sh -c touch% evil?ref=v1",
        "git::ext://x/y?ref=v1",
        "git::http://host/x.git?ref=v1",
        "git::file:///etc/x.git?ref=v1",
        "git::/etc/x.git?ref=v1",
        "git::git@host:x/y.git?ref=v1",
        "git::--upload-pack=evil?ref=v1",
        "git::ssh://-oProxyCommand=evil/x.git?ref=v1",
        "git::https://-evil/x.git?ref=v1",
        "git::https:///x.git?ref=v1",
        "git::https://user:secret@host/x.git?ref=v1",
        "git::https://token@host/x.git?ref=v1",
        "git::https://host/x.git",
        "git::https://host/x.git?ref=",
        "git::https://host/x.git?ref=v1&depth=1",
        "git::https://host/x.git?ref=--upload-pack=evil",
        "git::https://host/x.git?ref=-v1",
        "git::https://host/x.git?ref=a..b",
        "git::https://host/x.git?ref=a:b",
        "git::https://host/x.git?ref=a b",
        "git::https://host/x.git?ref=a\nb",
        "git::https://host/x.git?ref=*",
        "git::https://host/x.git?ref=@{1}",
        "git::https://host/../x.git?ref=v1",
        "git::https://host/x.git//../y?ref=v1",
        "git::https://host/x.git//a/../../y?ref=v1",
        "git::https://host/x.git///etc?ref=v1",
        "git::https://host/x.git//.git?ref=v1",
        "git::https://host/x.git//a//b?ref=v1",
        "git::https://host/x;evil.git?ref=v1",
        "git::https://host/$(evil).git?ref=v1",
        "git::https://host/x.git//a\0b?ref=v1",
    ],
)
def test_a_source_that_is_not_plainly_one_never_reaches_git(written_source: str) -> None:
    with pytest.raises(SourceError):
        git.parse(written_source)


@pytest.mark.parametrize(
    ("written_source", "url", "tag", "folder"),
    [
        ("git::https://host/a/b.git//net/vpc?ref=v1.2", "https://host/a/b.git", "v1.2", "net/vpc"),
        ("git::https://host:8443/b?ref=rel/2026-1", "https://host:8443/b", "rel/2026-1", ""),
        ("git::ssh://git@host/a/b.git//net/?ref=v1", "ssh://git@host/a/b.git", "v1", "net"),
    ],
)
def test_a_good_source(written_source: str, url: str, tag: str, folder: str) -> None:
    assert git.parse(written_source) == git.GitSource(url, tag, folder)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "a/../../../x"])
def test_a_link_out_of_the_repository_is_refused(repository: Path, run_git: Callable[..., str], target: str) -> None:
    (repository / "net" / "link.j2").symlink_to(target)
    commit(run_git, "v2")
    with pytest.raises(SourceError, match=r"is refused: the link net/link\.j2 leads out of it"):
        find(source(repository, tag="v2"), fetch=True)


def test_links_inside_and_submodules_are_left_out(
    repository: Path, run_git: Callable[..., str], tmp_path: Path
) -> None:
    (repository / "net" / "link.j2").symlink_to("../other/blueprint.yaml.j2")
    run_git("update-index", "--add", "--cacheinfo", f"160000,{run_git('rev-parse', 'HEAD')},sub")
    commit(run_git, "v2")
    folder = find(source(repository, tag="v2"), fetch=True)
    assert sorted(path.name for path in folder.iterdir()) == ["blueprint.yaml.j2"]
    assert not (folder.parent / "sub").exists()


def test_names_that_lead_out_are_refused(repository: Path, run_git: Callable[..., str]) -> None:
    """Git's own porcelain makes no such tree; a hostile server can send one."""
    blob = run_git("hash-object", "-w", "--stdin", given="x")
    inner = run_git("mktree", given=f"100644 blob {blob}\tevil\n")
    for name in ("..", ".git"):
        raw = f"40000 {name}\0".encode() + bytes.fromhex(inner)
        tree = subprocess.run(
            ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"], cwd=repository, input=raw,
            capture_output=True, check=True,
        ).stdout.decode().strip()  # fmt: skip
        run_git("tag", "--force", "bad", run_git("commit-tree", "-m", "x", tree))
        with pytest.raises(SourceError, match=r"is refused: it has a file called|git cannot fetch"):
            find(source(repository, tag="bad"), fetch=True)


def test_huge_repositories_are_refused(
    repository: Path, run_git: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "FILES", 2)
    find(source(repository), fetch=True)
    (repository / "three").write_text("x")
    commit(run_git, "v2")
    with pytest.raises(SourceError, match="more than 2 files"):
        find(source(repository, tag="v2"), fetch=True)
    monkeypatch.setattr(git, "FILES", 9)
    monkeypatch.setattr(git, "BYTES", 1_000)
    (repository / "three").write_text("x" * 2_000)
    commit(run_git, "v3")
    with pytest.raises(SourceError, match="is refused: it holds more than"):
        find(source(repository, tag="v3"), fetch=True)
    monkeypatch.setattr(git, "PACK", 10_000)
    (repository / "three").write_bytes(os.urandom(100_000))
    commit(run_git, "v4")
    with pytest.raises(SourceError, match="git cannot fetch"):
        find(source(repository, tag="v4"), fetch=True)


def test_no_hook_and_no_filter_of_anybodys_runs(
    repository: Path, run_git: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = written(
        tmp_path / "hooks",
        dict.fromkeys(("reference-transaction", "post-checkout"), f"#!/bin/sh\ntouch {tmp_path}/ran\n"),
    )
    for hook in hooks.iterdir():
        hook.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f'[core]\n\thooksPath = {hooks}\n[filter "evil"]\n\tsmudge = touch {tmp_path}/ran\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    (repository / ".gitattributes").write_text("* filter=evil\n")
    commit(run_git, "v2")
    find(source(repository, tag="v2"), fetch=True)
    assert not (tmp_path / "ran").exists()


def test_the_project_is_that_of_the_nearest_settings(tmp_path: Path) -> None:
    written(tmp_path, {"orch.yaml": "", "a/b/blueprint.yaml.j2": "", "a/orch.yaml": "", "c/d/blueprint.yaml.j2": ""})
    assert project_of(tmp_path / "a" / "b") == tmp_path / "a"
    assert project_of(tmp_path / "c" / "d") == tmp_path
    (tmp_path / "orch.yaml").unlink()
    assert project_of(tmp_path / "c" / "d") == tmp_path / "c"


@pytest.mark.parametrize(
    "address",
    [
        "https://me:s3cr3t@host/r",
        "https://s3cr3t@host/r",
        "ssh://me:s3cr3t@host/r",
        "https://me:s3cr3t/x@y@host/r",
        "x://:s3cr3t@h",
    ],
)
def test_a_password_is_not_printed_back(address: str) -> None:
    with pytest.raises(SourceError) as told:
        git.parse(f"git::{address}?ref=v1")
    assert "s3cr3t" not in str(told.value) and "***@" in str(told.value)


def test_a_user_of_ssh_is_no_secret() -> None:
    with pytest.raises(SourceError, match="git@host"):
        git.parse("git::ssh://git@host/r")
