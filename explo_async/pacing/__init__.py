"""When a request may be sent: the quota, the pause after a 429, and whether a failure is worth another attempt.

Words of the quota:

- window: any `per` seconds, in which the server counts at most so many requests; also who keeps count of them.
- slot: the room in the window for one request; used from the grant on, free again one window after it was settled.
- lease: the right to send one request, by which its slot is used; void when it was not begun in time.
- holder: a client, as others see it. Its hold: for how long after a grant the server may still count the request.
- settled: the answer began, or the request failed; returned: nothing was sent.
- lost: a slot whose holder never settled it.
- store: what keeps a window for several processes. Its run: from one start of it to the next. Its epoch: from one loss
  of its memory to the next. Shut: nothing is granted, since it is not known what was granted before.
- pause: the seconds after a 429; ramp: how many requests may be in flight in the slow start after it.
"""
