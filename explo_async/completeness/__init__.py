"""Whether a list is complete: proofs against a server that takes its total and its rows at two moments. Pure.

The model: a request is sent at s, the server takes its COUNT at c and reads its rows at r, the answer arrives at e,
and s <= c <= r <= e. The answer tells the total N(c), and the rows of its page that the list had at r, cut where N(c)
says that the list ends. A change between c and r is in the rows and not in the total.

Three assumptions, each named where it is used, and none trusted without saying so in the report (`basis`):

- K: ids are unique, and not created again during the run.
- O: rows that stay keep their relative order.
- B: between two COUNTs that follow each other there were not both insertions and deletions, which cancel out.

The modes, each behind the protocol `Coverage` (`evidence`): "off" is `unchecked`, "checked" and "verified" are
`ledger`, "exact" is `exact`. The proofs stand where they are carried out: still pictures and ends in `pictures` and
`chain`, counts in `ledger` and `accounts`, the list at one moment in `exact`.

The words:

- reading: what one answer showed, with the moments at which it was sent and had arrived;
- picture (still picture): readings that show one and the same list, and the closing one that proves it;
- sealed: for good part of a picture, since nothing that is still under way can tell another total;
- COUNT: the small request (one row) that closes the last picture of a list, or marks the moment of "exact";
- chain: readings from the start of the list to its end, each hanging together with the next, by a picture or a shared
  row;
- bridge: a page of another size that holds the rows on both sides of a boundary between two pages;
- stale: of no picture, and so asked for again;
- pass, or sweep: once over all pages; epoch: what is counted together, begun anew when the list has changed;
- account: what the totals tell of insertions and deletions;
- contradiction: rows in one order here and in another there, or moved within one picture: O does not hold.

A worked list: nine rows a b c d e f g h i in pages of three, asked for one after another.

1. Page 1 tells 9 and shows a b c. Then b is deleted.
2. Page 2 tells 8 and shows e f g: d has moved to page 1. Totals 9 and 8 are no picture, the rows share nothing: no
   link.
3. Page 3 tells 8 and shows h i. It was sent after page 2 had arrived, and tells the same: page 2 is sealed, page 3
   not yet.
4. The chain is broken between pages 1 and 2, and page 1 is stale. Asked for again it tells 8 and shows a c d: it
   shares a and c with the first reading, and is of the picture of page 2, where it ends as that one begins.
5. Nothing is left to ask for, and nothing is sealed behind page 3. The COUNT tells 8, and seals the rest.
6. The picture has 8 rows, but the readings showed 9: the chain from the start over pages 1, 2, 3 to a sealed end is
   closed, 9 lies between the 8 rows that must have stayed and the 9 that ever were, and 9 is all that ever were:
   complete, by count.
"""
