#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int passed, failed;

bool check(bool condition, const char *what, const char *file, int line)
{
    if (condition) {
        passed++;
    } else {
        failed++;
        printf("%s:%d: not met: %s\n", file, line, what);
    }
    return condition;
}

uint64_t session_with(const char *config)
{
    uint64_t session = 0;
    CHECK(pim_session_new((const uint8_t *)config, (uint32_t)strlen(config), &session) == PIM_OK);
    return session;
}

int32_t start(uint64_t session, const char *operation, const char *request, uint64_t *call)
{
    return pim_call_start(session, (const uint8_t *)operation, (uint32_t)strlen(operation), (const uint8_t *)request,
                          (uint32_t)strlen(request), call);
}

// A copy of the event that ends with a zero; null unless there is one.
int32_t next(uint64_t call, uint32_t timeout_ms, char **event)
{
    uint8_t *bytes = NULL;
    uint32_t len = 0;
    int32_t status = pim_call_next(call, timeout_ms, &bytes, &len);
    *event = NULL;
    if (status == PIM_EVENT || status == PIM_FINAL) {
        *event = malloc((size_t)len + 1);
        if (*event) {
            memcpy(*event, bytes, len);
            (*event)[len] = 0;
        }
        pim_buffer_free(bytes, len);
    }
    return status;
}

struct outcome finish(uint64_t call)
{
    struct outcome outcome = {0};
    char *event;
    while ((outcome.status = next(call, PATIENCE_MS, &event)) == PIM_EVENT) {
        if (!outcome.output && holds(event, "\"event\":\"output\""))
            outcome.output = event;
        else
            free(event);
    }
    outcome.final = event;
    CHECK(outcome.status == PIM_FINAL);
    CHECK(next(call, 0, &event) == PIM_ERROR_ENDED);
    return outcome;
}

struct outcome run(uint64_t session, const char *operation, const char *request)
{
    uint64_t call = 0;
    struct outcome outcome = {0};
    if (CHECK(start(session, operation, request, &call) == PIM_OK)) {
        outcome = finish(call);
        CHECK(pim_call_free(call) == PIM_OK);
    }
    return outcome;
}

void outcome_free(struct outcome *outcome)
{
    free(outcome->output);
    free(outcome->final);
}

bool holds(const char *text, const char *part)
{
    return text && strstr(text, part);
}

bool member(const char *json, const char *name, char *value, size_t size)
{
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\":\"", name);
    const char *begin = json ? strstr(json, pattern) : NULL;
    if (!begin)
        return false;
    begin += strlen(pattern);
    size_t length = strcspn(begin, "\"\\");
    if (begin[length] != '"' || length >= size)
        return false;
    memcpy(value, begin, length);
    value[length] = 0;
    return true;
}

void escaped(const char *text, char *value, size_t size)
{
    size_t used = 0;
    for (; *text && used + 3 < size; text++) {
        if (*text == '"' || *text == '\\')
            value[used++] = '\\';
        value[used++] = *text;
    }
    value[used] = 0;
}
