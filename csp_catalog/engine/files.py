"""Opening an uploaded file: zip, size limits, encoding."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib

MAX_ZIP_RATIO = 200
SMALL = 1024 * 1024
# First bytes, in lower case: what people upload by mistake.
FOREIGN = (
    (b"%pdf", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"rar!", "a RAR archive"),
    (b"\x89png", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"<!doctype", "a web page: the download has probably asked you to sign in"),
    (b"<html", "a web page: the download has probably asked you to sign in"),
    (b"<?xml", "an XML file"),
    (b"{", "a JSON file"),
    (b"[", "a JSON file"),
)


# What the readers of the methods of compression raise; before RuntimeError, of which
# NotImplementedError is one.
DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)


class FileError(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


def unpack(content: bytes, max_bytes: int) -> bytes:
    """Return the one file in a zip, or the content itself."""
    if not content:
        raise FileError("The file is empty.")
    limit = max_bytes // 1024 // 1024
    if len(content) > max_bytes:
        raise FileError(
            f"The file is larger than {limit} MB. Import one market at a time."
        )
    if content[:4] not in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        _check_kind(content)
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = _choose_member(archive)
            packed = max(member.compress_size, 1)
            if member.file_size > max(SMALL, MAX_ZIP_RATIO * packed):
                raise FileError(
                    "The unpacked file is too large for its zip: this is no price "
                    "sheet. Download it again."
                )
            if member.file_size > max_bytes:
                raise FileError(
                    f"The unpacked file is too large (over {limit} MB). Import one "
                    "market at a time."
                )
            with archive.open(member) as stream:
                # The declared size may lie: read one byte more than allowed.
                allowed = min(max_bytes, max(SMALL, MAX_ZIP_RATIO * len(content)))
                data = stream.read(allowed + 1)
    except DAMAGES as error:
        raise FileError("The zip is damaged: download it again.") from error
    except RuntimeError as error:
        raise FileError("The zip is protected with a password.") from error
    if len(data) > allowed:
        raise FileError("The unpacked file is too large for its zip.")
    if data[:2] == b"PK":
        raise FileError("The zip holds another zip. Unpack it once and try again.")
    _check_kind(data)
    return data


def _choose_member(archive):
    """Return the one file of a zip, or say what is wrong with what is in it."""
    members = archive.infolist()
    names = {item.filename for item in members}
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise FileError(
            "This is a spreadsheet file. Upload the CSV file or the zip as downloaded "
            "from the vendor."
        )
    if len(members) != 1:
        raise FileError("The zip must hold exactly one file.")
    member = members[0]
    # The entry is never written to disk; a path still means a made-up archive.
    name = member.orig_filename
    if member.is_dir() or any(sign in name for sign in ("/", "\\", "..", ":", "\0")):
        raise FileError(
            "The file in the zip is in a folder. Put the CSV file alone into the zip."
        )
    if member.flag_bits & 1:
        raise FileError("The zip is protected with a password.")
    return member


def _check_kind(data):
    """Refuse what is recognisably something else than a CSV file."""
    head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for mark, kind in FOREIGN:
        if head.startswith(mark):
            raise FileError(
                f"This is {kind}. Upload the CSV file or the zip as downloaded from "
                "the vendor."
            )


def open_text(data: bytes) -> io.TextIOWrapper:
    """Return a reader of the text: UTF-8, with or without a mark, or UTF-16.

    Nothing is decoded ahead: a sheet of many megabytes is held in memory once.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
        if _has_zero_unit(data):
            raise FileError("This is not a text file. A price sheet is a CSV file.")
    else:
        encoding = "utf-8-sig"
        if b"\0" in data:
            raise FileError("This is not a text file. A price sheet is a CSV file.")
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")


def _has_zero_unit(data: bytes) -> bool:
    """Tell whether UTF-16 text holds the sign zero: two zero bytes at an even place."""
    place = data.find(b"\0\0")
    while place >= 0:
        if place % 2 == 0:
            return True
        place = data.find(b"\0\0", place + 1)
    return False


def encoding_error(data: bytes) -> FileError:
    """Return what to say when the text turns out to be in another encoding."""
    row = next(
        (
            number
            for number, part in enumerate(data.split(b"\n"), 1)
            if not _is_utf8(part)
        ),
        1,
    )
    return FileError(
        f"Row {row} is not UTF-8 text. Download the sheet again and do not save it "
        "with a spreadsheet program."
    )


def _is_utf8(part):
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return True
