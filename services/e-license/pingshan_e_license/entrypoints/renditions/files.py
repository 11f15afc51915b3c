"""What pages and REST routes of renditions share: media types, and where files are taken."""

from starlette.responses import Response

from pingshan_e_license.domain.renditions.face import Format
from pingshan_e_license.usecases.renditions.render_license import Rendition

MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.OFD: "application/ofd",
    Format.PNG: "image/png",
    Format.CARD: "image/png",
}
UPLOADS = ("/verify/file", "/v1/verifications/rendition")
"""Paths that take a whole file."""


def rendition_answer(rendition: Rendition) -> Response:
    """Returns the file to download, or the card to show; no cache keeps it, as it shows personal data."""
    place = "inline" if rendition.kind is Format.CARD else "attachment"
    headers = {
        "Content-Disposition": f'{place}; filename="{rendition.file_name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(rendition.content, media_type=MEDIA_TYPES[rendition.kind], headers=headers)
