"""The cache of machine code, code generation and linking, against damage and misuse."""

import ctypes
import hashlib
import os
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import ad
from ad.jit import cache

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX modes and links")
ADD_ONE = """
define double @add_one(double %x) {
  %y = fadd double %x, 1.0
  ret double %y
}
"""


def function(code: bytes, name: str = "add_one") -> tuple[ad.jit.Library, float]:
    library = ad.jit.link(code, [name])
    return library, ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(library.address(name))(41.0)


# ---- the cache -----------------------------------------------------------------------------------


def test_what_is_stored_is_loaded(folder: Path) -> None:
    key = ad.jit.digest("a", b"b")
    assert ad.jit.load(key) is None
    for blob in (b"", b"x", bytes(range(256)) * 1000):
        ad.jit.store(key, blob)
        assert ad.jit.load(key) == blob
    assert [file.name for file in folder.iterdir()] == [key]


def test_digest_tells_parts_apart() -> None:
    assert ad.jit.digest("ab", "c") != ad.jit.digest("a", "bc")
    assert ad.jit.digest("a", "") != ad.jit.digest("a")
    assert ad.jit.digest("a") == ad.jit.digest(b"a")


@posix
def test_the_folder_and_its_files_are_private(folder: Path) -> None:
    old = os.umask(0)
    try:
        ad.jit.store("k", b"x")
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "k").stat().st_mode) & 0o077 == 0


@posix
def test_an_open_folder_is_closed(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    ad.jit.store("k", b"x")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def _flip_last(blob: bytes) -> bytes:
    return blob[:-1] + bytes([blob[-1] ^ 1])


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda blob: b"",  # noqa: ARG005 - a case of a table
    "cut short": lambda blob: blob[:-1],
    "header only": lambda blob: blob[: len(cache.MAGIC) + 32],
    "magic only": lambda blob: blob[: len(cache.MAGIC)],
    "a bit flipped": _flip_last,
    "longer": lambda blob: blob + b"x",
    "other version": lambda blob: blob.replace(b"-1\n", b"-2\n", 1),
    "raw": lambda blob: blob[len(cache.MAGIC) + 32 :],
    "zeros": lambda blob: bytes(len(blob)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_files_are_absent_and_replaced(folder: Path, damage: str) -> None:
    ad.jit.store("k", b"some code")
    file = folder / "k"
    file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert ad.jit.load("k") is None
    ad.jit.store("k", b"some code")
    assert ad.jit.load("k") == b"some code"


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o777])
def test_files_that_others_can_write_are_absent(folder: Path, mode: int) -> None:
    ad.jit.store("k", b"x")
    (folder / "k").chmod(mode)
    assert ad.jit.load("k") is None
    ad.jit.store("k", b"y")  # a new file, with its own mode
    assert ad.jit.load("k") == b"y"


@posix
def test_foreign_files_and_folders_are_absent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ad.jit.store("k", b"x")
    real = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: real + 1)
    assert ad.jit.load("k") is None  # the file's owner is another
    cache._folder.cache_clear()
    assert cache._folder() is None  # the folder's as well
    ad.jit.store("l", b"x")
    assert not (folder / "l").exists()


@posix
def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    ad.jit.store("k", b"x")
    elsewhere = tmp_path / "elsewhere"
    (folder / "k").rename(elsewhere)
    (folder / "k").symlink_to(elsewhere)
    assert ad.jit.load("k") is None
    ad.jit.store("k", b"y")  # replaces the link, not what it points to
    assert not (folder / "k").is_symlink()
    assert ad.jit.load("k") == b"y"
    assert elsewhere.read_bytes().endswith(b"x")


@posix
def test_a_folder_that_is_a_link_is_not_used(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    folder.parent.mkdir(parents=True)
    folder.symlink_to(target)
    ad.jit.store("k", b"x")
    assert ad.jit.load("k") is None
    assert not list(target.iterdir())


@posix
def test_a_pipe_does_not_block(folder: Path) -> None:
    ad.jit.store("other", b"x")
    os.mkfifo(folder / "k")
    code = "import ad; print(ad.jit.load('k'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=20,
        env={**os.environ, "WENGERT_CACHE": str(folder)},
    )
    assert done.stdout.strip() == "None"


def test_a_folder_that_is_a_file(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("not a folder")
    ad.jit.store("k", b"x")
    assert ad.jit.load("k") is None
    assert ad.density(lambda x: x[0] + x[1], 2).logdensity([1.0, 2.0]) == 3.0


def test_a_folder_that_refuses_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    ad.jit.store("k", b"x")
    assert ad.jit.load("k") is None
    assert ad.density(lambda x: x[0] * 2.0, 1).logdensity([2.0]) == 4.0
    assert not list(folder.iterdir())


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ad.jit.store("k", b"x")

    def full(self: Path, target: Path) -> Path:  # noqa: ARG001 - the method's signature
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    ad.jit.store("l", b"y")
    assert [file.name for file in folder.iterdir()] == ["k"]


def test_the_cache_stays_below_its_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LIMIT_BYTES", 5000)
    for number in range(10):
        ad.jit.store(f"k{number}", bytes(1000))
        os.utime(folder / f"k{number}", (number, number))
    ad.jit.store("last", bytes(1000))
    names = {file.name for file in folder.iterdir()}
    assert "last" in names
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 5000
    assert "k0" not in names


WRITER = """
    import sys, ad
    from ad.jit import cache
    for turn in range(150):
        ad.jit.store("shared", bytes([turn % 7]) * 50_000)
        blob = ad.jit.load("shared")
        assert blob is not None and len(blob) == 50_000 and len(set(blob)) == 1
    print("fine")
"""


def test_concurrent_writers(folder: Path) -> None:
    environment = {**os.environ, "WENGERT_CACHE": str(folder)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        for _ in range(4)
    ]
    for writer in writers:
        out, err = writer.communicate(timeout=100)
        assert out.strip() == "fine", err
    assert [file.name for file in folder.iterdir()] == ["shared"]


def test_code_in_the_cache_is_used_and_checked(folder: Path) -> None:
    def evaluate() -> float:
        return ad.density(lambda x: -0.5 * x[0] * x[0], 1).logdensity([3.0])

    assert evaluate() == -4.5
    files = {file: file.read_bytes() for file in folder.iterdir()}
    assert files
    for file, blob in files.items():
        body = blob[len(cache.MAGIC) + 32 :]
        assert blob == cache.MAGIC + hashlib.sha256(body).digest() + body
        file.write_bytes(blob[:-10])
    assert evaluate() == -4.5
    assert {file: file.read_bytes() for file in files}.keys() == files.keys()


# ---- code generation and linking -----------------------------------------------------------------


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("passes", [False, True])
def test_emit_and_link(level: int, passes: bool) -> None:
    _, value = function(ad.jit.emit(ADD_ONE, level, passes))
    assert value == 42.0


def test_code_lives_as_long_as_its_library() -> None:
    libraries = [function(ad.jit.emit(ADD_ONE)) for _ in range(20)]
    assert [value for _, value in libraries] == [42.0] * 20
    assert len({library.address("add_one") for library, _ in libraries}) == 20


@pytest.mark.parametrize(
    "text", ["nonsense", "define double @f( {", "define i32 @f() { ret double 0.0 }"]
)
def test_text_that_is_no_ir(text: str) -> None:
    with pytest.raises(RuntimeError, match=r"parsing|error|expected"):
        ad.jit.emit(text)


def test_a_missing_export() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)nowhere"):
        ad.jit.link(ad.jit.emit(ADD_ONE), ["nowhere"])
    # The linker still works.
    assert function(ad.jit.emit(ADD_ONE))[1] == 42.0


CALLS = """
declare double @helper(double)
define double @twice(double %x) {
  %y = call double @helper(double %x)
  %z = call double @helper(double %y)
  ret double %z
}
"""


def test_a_name_defined_nowhere() -> None:
    with pytest.raises(RuntimeError, match="twice"):  # LLVM says which name on stderr
        ad.jit.link(ad.jit.emit(CALLS), ["twice"])
    assert function(ad.jit.emit(ADD_ONE))[1] == 42.0


def test_imports_and_libraries() -> None:
    one = ad.jit.link(ad.jit.emit(ADD_ONE.replace("add_one", "helper")), ["helper"])
    ten = ADD_ONE.replace("add_one", "helper").replace("1.0", "10.0")
    ten_library = ad.jit.link(ad.jit.emit(ten), ["helper"])
    code = ad.jit.emit(CALLS)
    by_address = ad.jit.link(code, ["twice"], {"helper": one.address("helper")})
    by_library = ad.jit.link(code, ["twice"], libraries=[ten_library])
    # An import goes before a library.
    both = ad.jit.link(code, ["twice"], {"helper": one.address("helper")}, [ten_library])
    kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)
    results = [kind(lib.address("twice"))(0.0) for lib in (by_address, by_library, both)]
    assert results == [2.0, 20.0, 2.0]


def test_names_of_the_process() -> None:
    text = "declare double @cosh(double)\n" + CALLS.replace("helper", "cosh")
    text = text.replace("declare double @cosh(double)\n", "", 1)
    library = ad.jit.link(ad.jit.emit(text), ["twice"])
    kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)
    assert kind(library.address("twice"))(0.0) == pytest.approx(1.5430806348152437, rel=1e-15)


def test_undefined_names() -> None:
    intrinsic = "declare double @llvm.fabs.f64(double)\n"
    assert ad.jit.undefined(intrinsic + CALLS) == ["helper"]
    assert ad.jit.undefined(ADD_ONE) == []


def test_the_host_is_part_of_the_key() -> None:
    host = ad.jit.host()
    assert host.cpu in host.key
    assert host.triple in host.key
    assert "llvm" in host.key
    assert not host.has("a feature nobody has")
