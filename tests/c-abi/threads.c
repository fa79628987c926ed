// One thread waits for events while another cancels or frees.

#include "harness.h"

#include <pthread.h>
#include <stdlib.h>

// Nobody opens the page, so the call waits until it is ended from outside. Nothing listens at port 1.
static const char waiting_config[] =
    "{\"cloud\": {\"login\": \"http://127.0.0.1:1\", \"graph\": \"http://127.0.0.1:1\", \"arm\": \"http://127.0.0.1:1\"},"
    " \"tenant\": \"contoso.example\", \"browser\": {\"mode\": \"show\"}}";

struct waiting {
    uint64_t call;
    struct outcome outcome;
};

static void *wait_for_end(void *context)
{
    struct waiting *waiting = context;
    char *event;
    int32_t status;
    while ((status = next(waiting->call, PATIENCE_MS, &event)) == PIM_EVENT)
        free(event);
    waiting->outcome.status = status;
    waiting->outcome.final = event;
    return NULL;
}

// Takes events until the call wants something of the user.
static bool prompted(uint64_t call)
{
    bool found = false;
    char *event;
    do {
        int32_t status = next(call, PATIENCE_MS, &event);
        if (status != PIM_EVENT) {
            free(event);
            return false;
        }
        found = holds(event, "\"event\":\"prompt\"");
        free(event);
    } while (!found);
    return true;
}

// Starts a sign-in and waits for its prompt, then leaves everything as it is.
bool leave_waiting(void)
{
    uint64_t call = 0;
    return start(session_with(waiting_config), "session.connect", "{}", &call) == PIM_OK && prompted(call);
}

// Starts a sign-in, waits in another thread, and ends the call in this one.
static struct waiting ended_by(int32_t (*end)(uint64_t))
{
    uint64_t session = session_with(waiting_config);
    struct waiting waiting = {0};
    pthread_t thread;
    CHECK(start(session, "session.connect", "{}", &waiting.call) == PIM_OK);
    CHECK(prompted(waiting.call));
    CHECK(pthread_create(&thread, NULL, wait_for_end, &waiting) == 0);
    CHECK(end(waiting.call) == PIM_OK);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(pim_session_free(session) == PIM_OK);
    return waiting;
}

static void *parse_often(void *context)
{
    const uint64_t *session = context;
    long faults = 0;
    for (int i = 0; i < 10; i++) {
        uint64_t call = 0;
        char *event = NULL;
        faults += start(*session, "challenge.parse", "{\"text\":\"x\"}", &call) != PIM_OK;
        faults += next(call, PATIENCE_MS, &event) != PIM_FINAL;
        faults += pim_call_free(call) != PIM_OK;
        free(event);
    }
    return (void *)faults;
}

void test_threads(void)
{
    struct waiting waiting = ended_by(pim_call_cancel);
    CHECK(waiting.outcome.status == PIM_FINAL);
    CHECK(holds(waiting.outcome.final, "\"Cancelled\""));
    outcome_free(&waiting.outcome);
    CHECK(pim_call_cancel(waiting.call) == PIM_OK);
    CHECK(pim_call_free(waiting.call) == PIM_OK);

    waiting = ended_by(pim_call_free);
    CHECK(waiting.outcome.status == PIM_ERROR_HANDLE);
    CHECK(pim_call_free(waiting.call) == PIM_ERROR_HANDLE);

    uint64_t session = session_with("{}");
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, parse_often, &session) == 0);
    for (size_t i = 0; i < 4; i++) {
        void *faults = NULL;
        CHECK(pthread_join(threads[i], &faults) == 0);
        CHECK(faults == NULL);
    }
    CHECK(pim_session_free(session) == PIM_OK);
}
