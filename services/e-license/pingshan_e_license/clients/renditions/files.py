"""Reads uploaded files outside the event loop, in a process with limits of time and memory."""

from dataclasses import replace
from itertools import islice

from pingshan_kit.worker import WorkEnded, Worker, WorkFailed

from pingshan_e_license.clients.renditions.ofd_reading import read_ofd
from pingshan_e_license.clients.renditions.pdf_reading import read_pdf
from pingshan_e_license.domain.identifier import ROOT
from pingshan_e_license.domain.renditions.uploads import SECONDS, FileRead, check_size, unreadable

_PDF_HEADER = b"%PDF-"
_MOST_TEXTS, _LONGEST_TEXT = 50, 500
_HEADER_WITHIN = 1024
"""Octets within which readers look for a PDF's header."""


class Files:
    def __init__(self) -> None:
        self._worker = Worker("lxml.etree", "pikepdf")

    async def read(self, content: bytes) -> FileRead:
        """Returns what stands in a PDF or an OFD and who sealed it. Raises FileUnreadable and FileTooLarge.

        Raises Unavailable where too many files wait.
        """
        check_size(content)
        try:
            return await self._worker.run(read, content, seconds=SECONDS)
        except WorkEnded as error:
            raise unreadable("slow") from error
        except WorkFailed as error:
            raise unreadable("damaged") from error

    async def close(self) -> None:
        await self._worker.close()


def read(content: bytes) -> FileRead:
    """Returns the content of a file by what it begins with. Raises FileUnreadable."""
    if _PDF_HEADER in content[:_HEADER_WITHIN]:
        return _short(read_pdf(content))
    if content[:2] == b"PK":
        return _short(read_ofd(content))
    raise unreadable("kind")


def _short(found: FileRead) -> FileRead:
    """Returns what was read with the texts that may matter, so that a file of a hundred megabytes is small here."""
    telling = (text[:_LONGEST_TEXT] for text in found.texts if ROOT in text)
    return replace(found, texts=tuple(islice(telling, _MOST_TEXTS)))
