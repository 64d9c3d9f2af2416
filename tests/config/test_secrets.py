"""A secret comes from a variable or from a file that only its owner may use."""

from pathlib import Path

import pytest

from holdfast.config.problem import Refused
from holdfast.config.secrets import from_environment, from_file


def test_a_variable_is_taken_as_it_is() -> None:
    assert from_environment("KEY", {"KEY": " a b\n"}).reveal() == " a b\n"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        (
            "BINANCE_KEY",
            'the environment variable "BINANCE_KEY" is not set.',
            'Did you mean "BINANCE_KEYS"?',
        ),
        ("EMPTY", 'the environment variable "EMPTY" is empty.', None),
    ],
)
def test_a_variable_that_says_nothing_is_refused(
    name: str, message: str, hint: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        from_environment(name, {"BINANCE_KEYS": "x", "EMPTY": ""})

    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_file_of_its_owner_is_read_without_the_line_breaks_at_its_end(
    tmp_path: Path, mode: int, end: str
) -> None:
    path = tmp_path / "key"
    path.write_text(f" a\nb {end}")
    path.chmod(mode)

    assert from_file(path).reveal() == " a\nb "


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602, 0o620, 0o644, 0o666])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    path.write_text("hunter2")
    path.chmod(mode)

    with pytest.raises(Refused) as caught:
        from_file(path)

    assert caught.value.code == "secret.mode"
    assert caught.value.hint == f"chmod 600 {path}"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xffhunter2"])
def test_a_file_without_usable_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(Refused) as caught:
        from_file(path)

    assert caught.value.code == "secret.file"
    assert "hunter2" not in caught.value.message
