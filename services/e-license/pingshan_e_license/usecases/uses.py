"""Numbers uses of data, signs their receipts, and keeps and logs them, in the transaction of what used the data."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from pingshan_kit.crypto import PersonalData
from pingshan_values.log_proof import base64url
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.clients.receipt_signer import ReceiptSigner
from pingshan_e_license.clients.signer import new_salt
from pingshan_e_license.domain.sharing.use import DataUse, ReceiptedUse, receipt_claims
from pingshan_e_license.domain.transparency.log_entry import EntryKind, NewEntry
from pingshan_e_license.store.sharing import data_uses
from pingshan_e_license.store.transparency import log_entries


class Uses:
    """Records uses; a process makes one."""

    def __init__(self, personal: PersonalData, signer: ReceiptSigner, issuer: str) -> None:
        self._personal = personal
        self._signer = signer
        self._issuer = issuer

    async def record(self, tx: AsyncConnection, new: Sequence[DataUse]) -> list[ReceiptedUse]:
        """Returns the uses with their numbers and receipts; whatever number they came with is replaced.

        The holders' counters stay locked until the end of `tx`, so that no number is given twice or left out.
        """
        wanted = Counter(self._personal.index(each.holder_code) for each in new)
        last = await data_uses.take_numbers(tx, wanted)
        following = {index: last[index] - count + 1 for index, count in wanted.items()}
        receipted = []
        for each in new:
            index = self._personal.index(each.holder_code)
            receipted.append(self._receipted(replace(each, number=following[index])))
            following[index] += 1
        await data_uses.add(tx, self._personal, receipted)
        await log_entries.append_all(tx, self._personal, [_log_entry(each) for each in receipted])
        return receipted

    def _receipted(self, use: DataUse) -> ReceiptedUse:
        salt = new_salt()
        return ReceiptedUse(use, salt, self._signer.sign(receipt_claims(use, salt, self._issuer)))


def _log_entry(known: ReceiptedUse) -> NewEntry:
    """Returns what the log commits to: the receipt, which itself commits to all that the holder sees."""
    content = {
        "use_id": str(known.use.use_id),
        "number": known.use.number,
        "receipt_sha256": base64url(sha256(known.receipt.encode("ascii")).digest()),
    }
    return NewEntry(EntryKind.LICENSE_USED, str(known.use.use_id), content)
