// A claims challenge is found where services put it.

#include "harness.h"

static const struct {
    const char *request;
    const char *wanted;
} samples[] = {
    // A WWW-Authenticate header with base64.
    {"{\"text\": \"WWW-Authenticate: Bearer error=\\\"insufficient_claims\\\", "
     "claims=\\\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19\\\"\"}",
     "\"authenticationContexts\":[\"c1\"]"},
    // The body of Graph's refusal of an activation.
    {"{\"status\": 400, \"body\": \"{\\\"error\\\":{\\\"code\\\":\\\"RoleAssignmentRequestAcrsValidationFailed\\\","
     "\\\"message\\\":\\\"&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c3%22%7D%7D%7D\\\"}}\"}",
     "\"authenticationContexts\":[\"c3\"]"},
    {"{\"text\": \"nothing of the kind\"}", "\"found\":false"},
};

void test_challenges(void)
{
    uint64_t session = session_with("{}");
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct outcome outcome = run(session, "challenge.parse", samples[i].request);
        CHECK(holds(outcome.final, "\"event\":\"done\""));
        CHECK(holds(outcome.final, samples[i].wanted));
        outcome_free(&outcome);
    }
    CHECK(pim_session_free(session) == PIM_OK);
}
