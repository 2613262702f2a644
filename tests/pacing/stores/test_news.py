"""What a client has yet to tell."""

from __future__ import annotations

from explo_async.pacing.stores.news import News


def test_news_is_true_when_there_is_any() -> None:
    """Of whatever kind."""
    assert not News()
    for name in ("settled", "returned", "accepted", "throttled", "adopted", "used"):
        news = News()
        getattr(news, name).append((1, 1.0))
        assert news


def test_an_answer_to_what_the_store_has_not_heard_of_is_told_as_used() -> None:
    """What it knows is settled by its number."""
    news = News()
    news.sent(1, 10.0)
    news.answered(1, 11.0)
    news.answered(2, 12.0)
    assert (news.adopted, news.used, news.settled) == ([], [11.0], [(2, 12.0)])


def test_what_was_never_sent_and_never_told_is_forgotten() -> None:
    """What the store may know of is given back."""
    news = News()
    news.sent(1, 10.0)
    news.given_back([1, 2], 11.0)
    assert (news.adopted, news.returned) == ([], [(2, 11.0)])


def test_what_tells_nothing_any_more_is_dropped() -> None:
    """An answer after its window; the end of a lease once the store has ended it by itself."""
    news = News(used=[80.0, 90.0, 95.0], settled=[(1, 60.0), (2, 61.0)], returned=[(3, 60.0), (4, 61.0)])
    news.forget(100.0, window=10.0, hold=30.0)
    assert news == News(used=[95.0], settled=[(2, 61.0)], returned=[(4, 61.0)])


def test_what_could_not_be_told_comes_before_what_is_new() -> None:
    """In the order in which it happened."""
    news = News(settled=[(2, 2.0)], returned=[(4, 2.0)], accepted=[2.0], throttled=[(2.0, 9.0)], used=[2.0])
    news.put_back(News(settled=[(1, 1.0)], returned=[(3, 1.0)], accepted=[1.0], throttled=[(1.0, 8.0)], used=[1.0]))
    assert news == News(
        settled=[(1, 1.0), (2, 2.0)],
        returned=[(3, 1.0), (4, 2.0)],
        accepted=[1.0, 2.0],
        throttled=[(1.0, 8.0), (2.0, 9.0)],
        used=[1.0, 2.0],
    )


def test_a_request_that_may_have_been_told_of_and_was_answered_meanwhile() -> None:
    """Its answer counts in any case, and should the store hold a lease for it, that is given back."""
    told = News()
    told.sent(1, 10.0)
    told.sent(2, 10.0)
    told.sent(3, 10.0)
    news = News()
    news.answered(1, 11.0)
    news.given_back([2], 11.0)
    news.put_back(told)
    assert news == News(used=[11.0], returned=[(2, 11.0), (1, 11.0)], adopted=[(3, 10.0)])
