// Everything that a host can do wrong is a status or a `failed` event.

#include "harness.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t not_utf8[] = {'"', 0xff, '"'};

static void test_null(uint64_t session, uint64_t call)
{
    uint64_t handle = 7;
    uint8_t *event = NULL;
    uint32_t len = 7;
    const uint8_t *text = (const uint8_t *)"{}";

    CHECK(pim_session_new(NULL, 2, &handle) == PIM_ERROR_NULL);
    CHECK(pim_session_new(text, 2, NULL) == PIM_ERROR_NULL);
    CHECK(pim_call_start(session, NULL, 2, text, 2, &handle) == PIM_ERROR_NULL);
    CHECK(pim_call_start(session, text, 2, NULL, 2, &handle) == PIM_ERROR_NULL);
    CHECK(pim_call_start(session, text, 2, text, 2, NULL) == PIM_ERROR_NULL);
    CHECK(pim_call_next(call, 0, NULL, &len) == PIM_ERROR_NULL);
    CHECK(pim_call_next(call, 0, &event, NULL) == PIM_ERROR_NULL);
    CHECK(pim_call_reply(call, NULL, 1) == PIM_ERROR_NULL);
    CHECK(pim_call_at_hand(session, text, 2, text, 2, NULL, 2) == PIM_ERROR_NULL);
    CHECK(handle == 7 && event == NULL && len == 7);
}

static void test_empty(void)
{
    uint64_t session = 0, call = 0;
    CHECK(pim_session_new(NULL, 0, &session) == PIM_OK);
    CHECK(pim_call_start(session, NULL, 0, NULL, 0, &call) == PIM_OK);
    CHECK(pim_call_reply(call, NULL, 0) == PIM_ERROR_ANSWER);
    struct outcome outcome = finish(call);
    CHECK(holds(outcome.final, "UnknownOperation"));
    outcome_free(&outcome);
    CHECK(pim_call_reply(call, NULL, 0) == PIM_ERROR_ENDED);
    CHECK(pim_call_free(call) == PIM_OK);
    CHECK(pim_session_free(session) == PIM_OK);
}

static void test_text(uint64_t session, uint64_t call)
{
    uint64_t handle = 0;
    const uint8_t *text = (const uint8_t *)"{}";
    CHECK(pim_session_new(not_utf8, sizeof not_utf8, &handle) == PIM_ERROR_UTF8);
    CHECK(pim_call_start(session, not_utf8, sizeof not_utf8, text, 2, &handle) == PIM_ERROR_UTF8);
    CHECK(pim_call_start(session, text, 2, not_utf8, sizeof not_utf8, &handle) == PIM_ERROR_UTF8);
    CHECK(pim_call_reply(call, not_utf8, sizeof not_utf8) == PIM_ERROR_UTF8);
    CHECK(pim_session_new(text, UINT32_MAX, &handle) == PIM_ERROR_TOO_LONG);
    CHECK(pim_call_start(session, text, UINT32_MAX, text, 2, &handle) == PIM_ERROR_TOO_LONG);
    CHECK(pim_call_start(session, text, 2, text, UINT32_MAX, &handle) == PIM_ERROR_TOO_LONG);
    CHECK(pim_call_reply(call, text, UINT32_MAX) == PIM_ERROR_TOO_LONG);
    CHECK(handle == 0);
}

static void test_foreign(uint64_t session, uint64_t call)
{
    const uint64_t foreign[] = {0, 1, UINT64_MAX, session + 1000000, call + 1000000, session & 0xffff, call & 0xffff};
    uint64_t handle = 0;
    char *event;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        CHECK(start(foreign[i], "challenge.parse", "{}", &handle) == PIM_ERROR_HANDLE);
        CHECK(next(foreign[i], 0, &event) == PIM_ERROR_HANDLE);
        CHECK(pim_call_reply(foreign[i], NULL, 0) == PIM_ERROR_HANDLE);
        CHECK(pim_call_cancel(foreign[i]) == PIM_ERROR_HANDLE);
        CHECK(pim_call_free(foreign[i]) == PIM_ERROR_HANDLE);
        CHECK(pim_session_free(foreign[i]) == PIM_ERROR_HANDLE);
    }
    CHECK(start(call, "challenge.parse", "{}", &handle) == PIM_ERROR_HANDLE);
    CHECK(next(session, 0, &event) == PIM_ERROR_HANDLE);
    CHECK(pim_call_cancel(session) == PIM_ERROR_HANDLE);
    CHECK(pim_call_free(session) == PIM_ERROR_HANDLE);
    CHECK(pim_session_free(call) == PIM_ERROR_HANDLE);
    CHECK(handle == 0);
}

static void test_freed(void)
{
    uint64_t session = session_with("{}"), call = 0, other = 0;
    char *event;
    CHECK(start(session, "challenge.parse", "{\"text\":\"\"}", &call) == PIM_OK);
    CHECK(pim_call_free(call) == PIM_OK);
    CHECK(pim_call_free(call) == PIM_ERROR_HANDLE);
    CHECK(next(call, 10, &event) == PIM_ERROR_HANDLE);
    CHECK(pim_call_cancel(call) == PIM_ERROR_HANDLE);
    CHECK(pim_call_reply(call, (const uint8_t *)"{}", 2) == PIM_ERROR_HANDLE);
    CHECK(pim_session_free(session) == PIM_OK);
    CHECK(pim_session_free(session) == PIM_ERROR_HANDLE);
    CHECK(start(session, "challenge.parse", "{}", &other) == PIM_ERROR_HANDLE);
    other = session_with("{}");
    CHECK(other != session);
    CHECK(pim_session_free(other) == PIM_OK);
}

static void test_buffers(void)
{
    uint64_t session = session_with("{}"), call = 0;
    uint8_t *event = NULL, own[8] = {0};
    uint32_t len = 0;
    CHECK(start(session, "challenge.parse", "{\"text\":\"\"}", &call) == PIM_OK);
    CHECK(pim_call_next(call, PATIENCE_MS, &event, &len) == PIM_FINAL);
    pim_buffer_free(NULL, 0);
    pim_buffer_free(NULL, 1);
    pim_buffer_free(own, sizeof own);
    pim_buffer_free(event, len - 1);
    pim_buffer_free(event + 1, len - 1);
    CHECK(pim_call_free(call) == PIM_OK);
    CHECK(pim_session_free(session) == PIM_OK);
    // Owned by the host until here, whatever was freed before.
    CHECK(len > 2 && event[0] == '{' && event[len - 1] == '}');
    pim_buffer_free(event, len);
    pim_buffer_free(event, len);
}

static void test_bad_requests(void)
{
    struct outcome outcome;
    uint64_t session = session_with("{\"tenant\": \"\"}");
    outcome = run(session, "challenge.parse", "{\"text\":\"\"}");
    CHECK(holds(outcome.final, "\"InvalidConfiguration\""));
    outcome_free(&outcome);
    CHECK(pim_session_free(session) == PIM_OK);

    session = session_with("{}");
    const char *requests[] = {"", "[]", "{", "{\"txt\":\"\"}", "{\"text\":1}"};
    for (size_t i = 1; i < sizeof requests / sizeof *requests; i++) {
        outcome = run(session, "challenge.parse", requests[i]);
        CHECK(holds(outcome.final, "\"event\":\"failed\"") && holds(outcome.final, "\"InvalidRequest\""));
        outcome_free(&outcome);
    }
    // Operations that exist for the library's own tests are not in the library that is shipped.
    const char *operations[] = {"challenge", "Challenge.Parse", "test.panic", "test.block.0"};
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        outcome = run(session, operations[i], "{}");
        CHECK(holds(outcome.final, "\"UnknownOperation\""));
        outcome_free(&outcome);
    }
    CHECK(pim_session_free(session) == PIM_OK);
}

void test_misuse(void)
{
    uint64_t session = session_with("{}"), call = 0;
    CHECK(pim_abi_version() == PIM_ABI_VERSION);
    CHECK(strlen(pim_version()) >= 5);
    CHECK(start(session, "challenge.parse", "{\"text\":\"\"}", &call) == PIM_OK);
    test_null(session, call);
    test_text(session, call);
    test_foreign(session, call);
    struct outcome outcome = finish(call);
    CHECK(holds(outcome.final, "\"event\":\"done\""));
    outcome_free(&outcome);
    CHECK(pim_call_free(call) == PIM_OK);
    CHECK(pim_session_free(session) == PIM_OK);
    test_empty();
    test_freed();
    test_buffers();
    test_bad_requests();
}
