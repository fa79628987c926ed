// Finds the claims challenge in a text and prints what was found.

#include <stdio.h>
#include <string.h>

#include "pim_stepup.h"

static const char request[] =
    "{\"text\": \"WWW-Authenticate: Bearer error=\\\"insufficient_claims\\\", "
    "claims=\\\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19\\\"\"}";

int main(void)
{
    const char *operation = "challenge.parse";
    uint64_t session, call;
    if (pim_session_new(NULL, 0, &session) != PIM_OK)
        return 1;

    int32_t status = pim_call_start(session, (const uint8_t *)operation, (uint32_t)strlen(operation),
                                    (const uint8_t *)request, (uint32_t)strlen(request), &call);
    if (status == PIM_OK) {
        do {
            uint8_t *event;
            uint32_t len;
            status = pim_call_next(call, 100, &event, &len);
            if (status == PIM_EVENT || status == PIM_FINAL) {
                printf("%.*s\n", (int)len, (const char *)event);
                pim_buffer_free(event, len);
            }
        } while (status == PIM_OK || status == PIM_EVENT);
        pim_call_free(call);
    }

    pim_session_free(session);
    return status == PIM_FINAL ? 0 : 1;
}
