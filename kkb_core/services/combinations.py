"""Rules over many households: worked out once for each combination of answers, then looked up."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from kkb_core.services.cells import NOT_APPLICABLE, Vocabulary
from kkb_core.survey.applicable import Applicable

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]

NOT_YET = -1_000_000  # what no rule comes to
DENSE_BITS = 16  # up to here a combination is a place in an array
KEY_BITS = 62  # and up to here one whole number
MANY_COMBINATIONS = 200_000  # kept for one rule


class Table:
    """The rows of one chunk: a code for each question and row."""

    def __init__(self, rows: int, vocabularies: Mapping[str, Vocabulary]) -> None:
        self.rows = rows
        self.vocabularies = vocabularies
        self.codes: dict[str, Codes] = {}

    def known(self, names: tuple[str, ...], row: int) -> Applicable:
        """What is known of one row, as far as *names* go."""
        codes = {name: int(self.codes[name][row]) for name in names}
        values = {name: self.vocabularies[name].answers[code] for name, code in codes.items()}
        return Applicable(
            frozenset(name for name, code in codes.items() if code != NOT_APPLICABLE),
            {name: value for name, value in values.items() if value is not None},
        )


class Lookup:
    """A whole number for each combination of the answers to a few questions."""

    def __init__(self, names: Sequence[str], work_out: Callable[[Applicable], int]) -> None:
        self._names = tuple(names)
        self._work_out = work_out
        self._bits: list[int] = []
        self._dense: Ints = np.empty(0, np.int64)
        self._sparse: dict[int | bytes, int] = {}

    def __call__(self, table: Table) -> Ints:
        """The number for each row of *table*."""
        bits = [len(table.vocabularies[name].answers).bit_length() for name in self._names]
        if bits != self._bits or len(self._sparse) > MANY_COMBINATIONS:
            self._bits, self._sparse = bits, {}
            size = 1 << sum(bits) if sum(bits) <= DENSE_BITS else 0
            self._dense = np.full(size, NOT_YET, np.int64)
        codes = [table.codes[name] for name in self._names]
        if self._dense.size:
            return self._from_dense(_packed(codes, bits), table)
        return self._from_sparse(codes, table)

    def _from_dense(self, key: Ints, table: Table) -> Ints:
        found = self._dense[key]
        unknown = np.flatnonzero(found == NOT_YET)
        if not unknown.size:
            return found
        _, first = np.unique(key[unknown], return_index=True)
        for row in unknown[first]:
            self._dense[key[row]] = self._work_out(table.known(self._names, int(row)))
        return self._dense[key]

    def _from_sparse(self, codes: list[Codes], table: Table) -> Ints:
        if sum(self._bits) <= KEY_BITS:
            key: npt.NDArray[np.generic] = _packed(codes, self._bits)
        else:
            rows = np.ascontiguousarray(np.stack(codes, axis=1))
            key = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
        different, first, place = np.unique(key, return_index=True, return_inverse=True)
        results = np.empty(len(different), np.int64)
        for number, (one, row) in enumerate(zip(different.tolist(), first.tolist(), strict=True)):
            if one not in self._sparse:
                self._sparse[one] = self._work_out(table.known(self._names, row))
            results[number] = self._sparse[one]
        return results[place]


def _packed(codes: list[Codes], bits: list[int]) -> Ints:
    key = np.zeros(len(codes[0]) if codes else 1, np.int64)
    for code, width in zip(codes, bits, strict=True):
        key = (key << width) | code
    return key
