"""Opening an uploaded file: zip, size limits, encoding."""

from __future__ import annotations

import io
import zipfile
import zlib

MAX_ZIP_RATIO = 200


class FileError(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


def unpack(content: bytes, max_bytes: int) -> bytes:
    """Return the one file in a zip, or the content itself."""
    if not content:
        raise FileError("The file is empty.")
    if len(content) > max_bytes:
        raise FileError(f"The file is larger than {max_bytes // 1024 // 1024} MB.")
    if content[:4] != b"PK\x03\x04":
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [item for item in archive.infolist() if not item.is_dir()]
            if len(members) != 1:
                names = {item.filename for item in members}
                if "[Content_Types].xml" in names:
                    raise FileError(
                        "This is a spreadsheet file. Upload the CSV file or the zip "
                        "as downloaded from the vendor."
                    )
                raise FileError("The zip must hold exactly one file.")
            member = members[0]
            if member.flag_bits & 1:
                raise FileError("The zip is protected with a password.")
            if member.file_size > max_bytes:
                raise FileError("The unpacked file is too large.")
            with archive.open(member) as stream:
                # The declared size may lie: read one byte more than allowed.
                data = stream.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FileError("The zip is damaged: download it again.") from error
    too_dense = len(data) > 1024 * 1024 and len(data) > MAX_ZIP_RATIO * len(content)
    if len(data) > max_bytes or too_dense:
        raise FileError("The unpacked file is too large.")
    return data


def decode(data: bytes) -> str:
    """Return the text: UTF-8, with or without a byte order mark, or UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileError(
            f"Row {line} is not UTF-8 text. Download the sheet again and do not save "
            "it with a spreadsheet program."
        ) from None
    if "\0" in text:
        raise FileError("This is not a text file. A price sheet is a CSV file.")
    return text
