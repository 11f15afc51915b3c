"""Numbers uses of data, signs their receipts, and keeps them, in the transaction of what used the data."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pingshan_kit.crypto import PersonalData
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.clients.receipt_signer import ReceiptSigner
from pingshan_e_license.clients.signer import new_salt
from pingshan_e_license.domain.sharing.use import DataUse, ReceiptedUse, receipt_claims
from pingshan_e_license.store.sharing import data_uses


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
        return receipted

    def _receipted(self, use: DataUse) -> ReceiptedUse:
        salt = new_salt()
        return ReceiptedUse(use, salt, self._signer.sign(receipt_claims(use, salt, self._issuer)))
