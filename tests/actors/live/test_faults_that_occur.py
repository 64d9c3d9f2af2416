"""Each fault that really occurs at venues has tests through the real ccxt client.

`FAULTS` are the rows of the research on faults that trading systems have reported
(section 4), each with its tests against the venue server.
"""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent

ORDERS, STREAMS = "test_at_venue_faults", "test_at_venue_streams"
ACCOUNTS, MARKETS = "test_at_venue_accounts", "test_at_venue_markets"
VENUE, RESORT = "test_at_venue", "test_last_resort"

FAULTS: dict[str, dict[str, list[str]]] = {
    "order placed although the client timed out": {
        ORDERS: [
            "test_an_order_that_was_executed_without_an_answer_is_unknown_and_found",
            "test_an_order_that_was_not_executed_looks_the_same_and_is_absent",
            "test_an_order_that_hangs_ends_at_its_deadline_and_is_looked_up",
        ]
    },
    "duplicate order after timeout and retry": {
        ORDERS: ["test_a_name_that_is_open_already_is_no_refusal_of_the_order"],
        VENUE: ["test_nothing_is_ever_sent_twice"],
    },
    "closed order missing from open orders, taken as never placed": {
        ACCOUNTS: [
            "test_an_order_that_is_closed_by_the_time_somebody_looks_is_not_given_up"
        ]
    },
    "fill races cancel, cancel error read as never existed": {
        ORDERS: ["test_a_fill_that_overtakes_a_cancel_is_told"],
        VENUE: [
            "test_a_cancel_of_what_is_done_tells_how_it_ended",
            "test_a_cancel_of_what_never_was_is_refused",
        ],
    },
    "order not visible yet right after create": {
        ORDERS: ["test_an_order_that_is_not_visible_yet_is_told_as_absent_until_it_is"]
    },
    "system declares order rejected, venue fills it": {
        ORDERS: ["test_an_order_that_is_taken_up_after_its_expiry_never_comes"],
        ACCOUNTS: ["test_an_order_that_worked_before_the_start_still_counts"],
    },
    "fills double counted by reconciliation racing the stream": {
        STREAMS: ["test_a_report_that_comes_twice_has_the_same_name_and_sums"],
        ACCOUNTS: ["test_a_fill_that_both_the_stream_and_a_list_tell_counts_once"],
    },
    "orders forgotten during network trouble, filled later": {
        ACCOUNTS: [
            "test_an_order_whose_answer_is_lost_in_a_trouble_that_lasts_is_not_forgotten",
            "test_an_order_that_the_venue_has_forgotten_counts_and_somebody_is_told",
        ]
    },
    "fill events lost over a disconnect, never recovered": {
        STREAMS: ["test_fills_that_a_disconnect_has_swallowed_are_there_when_asked_for"]
    },
    "user stream alive but silent": {
        STREAMS: [
            "test_a_user_stream_that_says_nothing_but_pongs_is_seen_by_who_compares",
            "test_a_user_stream_that_the_venue_ends_on_an_open_connection_is_made_again",
            "test_a_user_stream_that_is_found_to_be_deaf_is_made_again",
        ],
        ACCOUNTS: [
            "test_a_stream_that_says_nothing_but_pongs_is_found_out_and_made_again"
        ],
        VENUE: [
            "test_an_idle_connection_that_answers_pings_stands_and_a_half_open_one_does_not"
        ],
    },
    "market stream silent, socket open": {
        STREAMS: [
            "test_a_market_stream_that_falls_silent_is_made_again",
            "test_a_market_that_a_venue_numbers_anew_is_heard_with_rising_ids",
        ]
    },
    "book frozen or crossed after hours": {
        STREAMS: ["test_a_hole_in_the_depth_has_the_book_fetched_again"],
        MARKETS: ["test_a_crossed_book_is_told_to_nobody_and_read_anew"],
    },
    "receive loop killed by one frame": {
        STREAMS: [
            "test_one_bad_frame_does_not_deafen_the_account",
            "test_one_bad_frame_does_not_deafen_the_market",
        ]
    },
    "reconnect storm, 429, IP ban": {
        ORDERS: ["test_a_venue_that_wants_to_be_left_alone_is_understood"],
        STREAMS: ["test_a_venue_that_closes_at_once_is_not_stormed"],
    },
    "24 h forced disconnect": {
        ACCOUNTS: [
            "test_what_happens_while_the_venue_cuts_all_streams_as_it_does_daily_is_not_lost"
        ]
    },
    "limiter queue delays orders, or overflows": {
        ORDERS: ["test_a_cancel_passes_while_eight_orders_hang"]
    },
    "clock drift, -1021": {
        ORDERS: ["test_a_clock_that_drifts_is_noticed_and_corrected"]
    },
    "exchange closes or reduces the position by itself": {
        ORDERS: ["test_what_others_do_on_the_account_is_told"],
        STREAMS: ["test_what_others_do_on_the_account_is_heard"],
    },
    "partial fill mistakes": {
        ORDERS: ["test_a_partial_fill_is_told_as_one"],
        VENUE: ["test_the_rest_of_an_order_is_a_matter_of_its_time_in_force"],
    },
    "restart believes it is flat": {
        VENUE: ["test_fills_of_a_life_before_this_one_are_told_by_name"]
    },
    "strategy dead, process alive": {
        MARKETS: ["test_whoever_fails_over_what_it_hears_is_noticed_and_hears_on"]
    },
    "kill switch itself fails": {
        RESORT: [
            "test_every_open_order_is_taken_back_and_told_of",
            "test_what_fails_is_said_once_and_tried_again",
        ]
    },
    "maintenance with a dead man's switch armed (there is none here)": {
        ORDERS: ["test_a_venue_under_maintenance_is_no_verdict_on_an_order"]
    },
}


def functions_of(module: str) -> set[str]:
    tree = ast.parse((HERE / f"{module}.py").read_text())
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("row", FAULTS)
def test_each_fault_has_tests_that_exist(row: str) -> None:
    missing = {
        f"{module}: {name}"
        for module, names in FAULTS[row].items()
        for name in set(names) - functions_of(module)
    }

    assert missing == set()
    assert any(FAULTS[row].values())
