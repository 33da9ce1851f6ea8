"""Every row is tried as a request, held by a test elsewhere, or in the list of `docs/security.md` with the reason."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from flowmill.attacks import ATTACKS

PROJECT = Path(__file__).parents[2]
SIZES = {"PT": 27, "AR": 9, "SS": 10, "WB": 16, "AU": 22, "DE": 16, "CI": 8, "DO": 12, "SV": 8, "PE": 22}

_CODE = "security/test_code.py::"
_SEAL = "models/test_seal.py::test_a_strangers_pickle_is_refused"
_FLAVORS = "flavors/check_flavor.py::test_only_what_is_safe_loads_for_a_stranger"
ELSEWHERE: dict[str, str | tuple[str, ...]] = {
    "PT-21": "artifacts/test_local.py::test_a_folder_that_turns_into_a_link_while_it_is_used_leads_nowhere",
    "PT-22": "artifacts/test_local.py::test_planted_links_are_not_followed",
    "PT-24": "data/test_sources.py::test_a_file_of_the_web_is_put_nowhere_else",
    "PT-25": "transfer/test_import.py::test_a_prepared_folder_reads_no_other_files",
    "PT-26": (
        "models/test_mlmodel.py::test_a_broken_file_says_what_is_wrong",
        "models/test_mlmodel.py::test_a_link_out_of_the_folder_is_refused",
    ),
    "PT-27": "artifacts/test_path.py::test_inside_the_root_or_refused",
    "AR-01": (_CODE + "test_archives_are_never_unpacked_unguarded", "models/test_archive.py::test_what_is_refused"),
    "AR-02": (_CODE + "test_archives_are_never_unpacked_unguarded", "models/test_archive.py::test_what_is_refused"),
    "AR-03": (_CODE + "test_archives_are_never_unpacked_unguarded", "models/test_archive.py::test_what_is_refused"),
    "AR-06": "security/test_machine.py::test_folders_of_what_runs_are_the_users_own",
    "AR-07": "security/test_machine.py::test_folders_of_what_runs_are_the_users_own",
    "AR-08": "security/test_machine.py::test_folders_of_fetched_models_are_the_users_own",
    "AR-09": "security/test_machine.py::test_a_models_files_are_those_that_were_logged",
    "AR-05": _CODE + "test_no_temporary_name_that_can_be_guessed",
    "SS-06": (
        "webhooks/test_address.py::test_redirects_are_told_not_followed",
        "webhooks/test_address.py::test_a_name_that_resolves_differently_a_moment_later_gains_nothing",
    ),
    "SS-09": "webhooks/test_address.py::test_a_slow_name_server_holds_up_a_bounded_number_of_threads",
    "WB-02": "e2e/test_safety.py::test_tags_of_an_mlmodel_make_plain_values",
    "WB-03": "tracking/test_entities.py::test_what_a_notebook_shows",
    "WB-07": "e2e/test_safety.py::test_a_notes_html_and_links_are_inert",
    "WB-08": "e2e/test_safety.py::test_a_notes_html_and_links_are_inert",
    "SS-10": "security/test_machine.py::test_reading_a_run_fetches_nothing_of_its_datasets",
    "WB-09": "e2e/test_safety.py::test_names_of_models_and_files_are_text_too",
    "AU-05": "server/test_app.py::test_every_route_needs_a_permission",
    **{f"DE-{number:02}": (_SEAL, _FLAVORS) for number in range(1, 9)},
    "DE-11": "models/test_seal.py::test_types_that_can_do_harm_are_data_of_the_owner_only",
    "DE-12": _FLAVORS,
    "DE-14": "flavors/check_flavor.py::test_what_strangers_plant_does_nothing",
    "PE-20": _FLAVORS,
    "DE-13": _CODE + "test_no_pickle_of_our_own",
    "DE-15": "models/test_mlmodel.py::test_a_bomb_of_aliases_is_refused",
    "DE-16": _SEAL,
    "CI-01": _CODE + "test_no_shell",
    **{f"CI-0{number}": "serving/test_docker.py::test_versions_and_names_cannot_either" for number in (2, 3)},
    "CI-04": "serving/test_docker.py::test_lines_of_a_model_cannot_steer_the_build",
    "CI-07": "models/test_lock.py::test_a_locked_model_gets_what_was_locked_or_nothing",
    "DO-03": (
        "stores/test_series.py::test_the_interval_of_a_long_series_is_bounded_and_keeps_spikes",
        "stores/test_series.py::test_reading_takes_a_fixed_number_of_statements",
    ),
    "DO-04": "stores/test_series.py::test_a_retry_of_a_numbered_batch_touches_nothing",
    "DO-11": "e2e/test_safety.py::test_an_image_that_asks_for_gigabytes_is_not_drawn",
    "DO-08": "server/test_limits.py::test_slow_and_endless_requests_are_ended",
    "DO-10": "serving/test_app.py::test_large_requests_are_refused_before_they_are_read",
    "SV-01": "serving/test_app.py::test_what_the_model_raises_stays_in_the_log",
    "SV-03": "security/test_redaction.py::test_a_text",
    "SV-02": "security/test_machine.py::test_models_keep_no_values_of_the_environment",
    "SV-04": "webhooks/test_delivery.py::test_a_secret_whose_key_is_gone_is_said_and_not_sent_unsigned",
    "SV-05": "webhooks/test_signature.py::test_other_secrets_bodies_and_times_are_refused",
    "SV-07": _CODE + "test_nothing_is_told_to_anybody",
    "SV-08": "security/test_attacks.py::test_row",
    "PE-01": _SEAL,
    "PE-05": "e2e/test_safety.py::test_files_are_shown_but_do_not_act",
    "PE-07": "security/test_attacks.py::test_row",
    **{f"PE-{number}": "serving/test_app.py::test_a_body_is_never_a_program_or_a_place" for number in range(15, 19)},
    "PE-11": "e2e/test_safety.py::test_names_and_values_are_text_everywhere",
}


def test_each_row_stands_in_one_place() -> None:
    text = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
    without = re.findall(r"\b[A-Z]{2}-\d\d\b", text.partition("why there is no test")[2].partition("## ")[0])
    counts = Counter([*ATTACKS, *ELSEWHERE, *without])
    assert [row for row, count in counts.items() if count > 1] == []
    wanted = {f"{family}-{number:02}" for family, size in SIZES.items() for number in range(1, size + 1)}
    assert set(counts) == wanted


def test_the_tests_elsewhere_are_there() -> None:
    for row, places in ELSEWHERE.items():
        for place in (places,) if isinstance(places, str) else places:
            file, _, name = place.partition("::")
            assert f"def {name}(" in (PROJECT / "tests" / file).read_text(encoding="utf-8"), (row, place)
