// The main way: a token that satisfies a challenge, and roles that want one.

#include "harness.h"

#include <stdio.h>
#include <string.h>

static const char challenge[] =
    "{\"claims\": \"WWW-Authenticate: Bearer error=\\\"insufficient_claims\\\", "
    "claims=\\\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19\\\"\"}";

static void test_token(uint64_t session)
{
    char token[TEXT_SIZE] = "";
    struct outcome outcome = run(session, "token.acquire", challenge);
    CHECK(holds(outcome.final, "\"event\":\"done\""));
    CHECK(member(outcome.final, "accessToken", token, sizeof token) && strlen(token) > 100);
    CHECK(holds(outcome.final, "\"authenticationContexts\":[\"c1\"]"));
    outcome_free(&outcome);
}

// A role that wants authentication context c1, in a session that has not satisfied it yet.
static void test_role(const char *config, const char *kind, const char *role, const char *scope)
{
    char request[TEXT_SIZE];
    uint64_t session = session_with(config);
    snprintf(request, sizeof request,
             "{\"kind\": \"%s\", \"roles\": [{\"name\": \"%s\", \"scope\": \"%s\"}], "
             "\"justification\": \"test of the C ABI\", \"duration\": \"PT30M\"}",
             kind, role, scope);
    struct outcome outcome = run(session, "role.activate", request);
    CHECK(holds(outcome.final, "\"event\":\"done\"") && holds(outcome.final, "\"activated\":1"));
    CHECK(holds(outcome.output, "\"status\":\"Activated\""));
    CHECK(holds(outcome.output, "\"authenticationContexts\":[\"c1\"]"));
    outcome_free(&outcome);

    outcome = run(session, "role.activate", request);
    CHECK(holds(outcome.output, "\"status\":\"AlreadyActive\""));
    outcome_free(&outcome);
    CHECK(pim_session_free(session) == PIM_OK);
}

static void test_no_such_role(uint64_t session)
{
    struct outcome outcome = run(session, "role.activate", "{\"kind\": \"directory\", \"roles\": [{\"name\": \"Pastry Chef\"}]}");
    CHECK(holds(outcome.output, "\"RoleNotEligible\""));
    CHECK(holds(outcome.final, "\"failed\":1"));
    outcome_free(&outcome);
}

void test_activation(const char *config)
{
    uint64_t session = session_with(config);
    test_token(session);
    test_no_such_role(session);
    CHECK(pim_session_free(session) == PIM_OK);
    test_role(config, "directory", "Security Administrator", "/");
    test_role(config, "resource", "Contributor", "Contoso Production");
}
