"""Whether a list is complete: proofs against a server that takes its total and its rows at two moments. Pure.

The model: a request is sent at s, the server takes its COUNT at c and reads its rows at r, the answer arrives at e,
and s <= c <= r <= e. The answer tells the total N(c), and the rows of its page that the list had at r, cut where N(c)
says that the list ends. A change between c and r is in the rows and not in the total.

Three assumptions, each named where it is used, and none trusted without saying so in the report (`basis`):

- K: ids are unique, and not created again during the run.
- O: rows that stay keep their relative order.
- B: between two COUNTs that follow each other there were not both insertions and deletions, which cancel out.

The modes, each behind the protocol `Coverage` (`coverage`): "off" is `unchecked`, "checked" and "verified" are
`ledger`, "exact" is `exact`. Where to look:

- what all modes tell the engine of answers and of a proof: `evidence`;
- what an answer says of itself: `reading`; which rows are new in it: `sightings`, with `id_set`;
- what is proved: `proof`, out of `pictures`, `chain` (with `page_slots`, `union_find`), `tally` and `accounts`;
- what to ask for: `asking`, by way of `repairs`, `sweeps` and `limits`; why it was in vain: `doubts`;
- the list at one moment: `exact`, out of `row_memory`, `sweeps`, `handing` and `release`.

The words, of answers:

- page: rows of the list from one place to another; ask: a page to ask for, of any size;
- reading: what one answer showed, with the moments at which it was sent and had arrived;
- whole: every row of it has an id, once; fit: it has besides the rows that its own total calls for;
- flaw: what is wrong with a reading that is not fit;
- last: its rows reach its total; falls short: it has fewer, so the list ended there;
- clamped: cut by a server that gives no more rows at once, whatever size was asked for;
- past the end: the answer that there is no such page, which tells no total;
- recall: to enter rows that a former run has handed on.

Of what is proved:

- picture (still picture): readings that show one and the same list, and the closing one that proves it;
- stretch: readings in a row that tell the same total, of which a picture may come;
- sealed: for good part of a picture, since nothing that is still under way can tell another total;
- COUNT: the small request (one row) that closes the last picture of a list, or marks the moment of "exact";
- chain: readings from the start of the list to an end, each hanging together with the next;
- link: that two readings hang together, by a picture or by a shared row; broken where they do not;
- connected: pages from the first on with no broken link between them; holds: a reading does, if the start leads to it;
- owner: the reading that brought a row first; fresh: rows that nobody brought before;
- seam: the rows of a reading from the first to the last where the owner changes;
- meeting: rows met again, and how far they had moved; inversion: two of them the other way round;
- contradiction: an inversion, or rows that moved within one picture: O does not hold;
- epoch: what is counted together, begun anew when order is not trusted any more; tally: the counting of one;
- account: what the totals tell of insertions and deletions; zone: totals in it whose order is open;
- basis: on what a proof rests.

Of what is asked for:

- sweep: once over all pages; goal: its last page; swept: as far as it was asked for;
- calm: nothing was seen yet for which something could have to be mended; idle: nothing is under way;
- stale: not of the present picture, beside a broken link, and so asked for again;
- bridge: a page of another size that holds the rows on both sides of a boundary between two pages;
- fruitless: read again, and just as unfit; echo: the rows of another page over again;
- doubt: why a list is given up.

Of "exact":

- instant: a COUNT between two sweeps, at the moment T; matched: rows that were seen before it and after it;
- handed on: gone to the consumer; released: what may go; withdraws: an answer does, if what waits comes again.

A worked list: nine rows a b c d e f g h i in pages of three, asked for one after another.

1. Page 1 tells 9 and shows a b c. All is calm. Then b is deleted.
2. Page 2 tells 8 and shows e f g: d has moved to page 1. The calm ends: totals 9 and 8 are no picture, the rows share
   nothing, so the link is broken, and page 1 is stale.
3. Page 1 is asked for again, tells 8 and shows a c d. Its first reading owns a and c, d is fresh, and the seam is c d.
   It was sent after page 2 had arrived, and tells the same: page 2 is sealed.
4. Page 3 tells 8, shows h i and is the last. It seals the second reading of page 1, which ends where page 2 begins: the
   link holds.
5. Nothing is left to mend, and page 3 is not sealed. A COUNT tells 8 and seals it: the chain is closed.
6. The account has one deletion from 9, so nine rows ever were, and nine were seen: complete, by count.

In "verified" step 2 leads to a bridge, page 2 in pages of two rows: d e. It shares e with page 2 and nothing with
page 1. Both are read again, a c d and e f g, and now the bridge hangs together with either.

Had page 1 come again as c a e, that would be an inversion, O would be contradicted, and d would be nowhere. Then the
epoch ends, and a second sweep, in pages of another size, counts the rows of one picture.
"""
