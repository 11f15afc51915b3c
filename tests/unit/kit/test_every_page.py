"""Lists of siblings that come in pages."""

import grpc
import pytest
from pingshan.identity.v1.organisation_pb2 import ListOrganisationsRequest, ListOrganisationsResponse, Organisation
from pingshan_kit.errors import Unavailable
from pingshan_kit.rpc import RemoteError, every_page

NOTHING = grpc.aio.Metadata()


class Identity:
    """Three pages of one organisation each; the last one is refused with `status` where there is one."""

    def __init__(self, status: grpc.StatusCode | None = None) -> None:
        self.status = status
        self.asked: list[tuple[int, str]] = []

    async def list_organisations(self, request: ListOrganisationsRequest) -> ListOrganisationsResponse:
        self.asked.append((request.page_size, request.page_token))
        number = int(request.page_token or "1")
        if number == 3 and self.status:
            raise grpc.aio.AioRpcError(self.status, NOTHING, NOTHING)
        found = [Organisation(code=f"o{number}")]
        return ListOrganisationsResponse(organisations=found, next_page_token=str(number + 1) if number < 3 else "")


async def codes(identity: Identity, request: ListOrganisationsRequest) -> list[str]:
    pages = every_page(identity.list_organisations, request)
    return [each.code async for page in pages for each in page.organisations]


async def test_read_to_the_end() -> None:
    identity, request = Identity(), ListOrganisationsRequest(page_size=7)
    assert await codes(identity, request) == ["o1", "o2", "o3"]
    assert identity.asked == [(7, ""), (7, "2"), (7, "3")]
    assert request == ListOrganisationsRequest(page_size=7)


async def test_who_has_seen_enough_asks_no_more() -> None:
    identity = Identity()
    async for page in every_page(identity.list_organisations, ListOrganisationsRequest()):
        assert page.organisations[0].code == "o1"
        break
    assert len(identity.asked) == 1


@pytest.mark.parametrize(
    ("status", "raised"), [(grpc.StatusCode.UNAVAILABLE, Unavailable), (grpc.StatusCode.NOT_FOUND, RemoteError)]
)
async def test_half_a_list_is_none(status: grpc.StatusCode, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        await codes(Identity(status), ListOrganisationsRequest())
