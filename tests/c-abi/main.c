// Usage: c-abi EMULATOR_JSON EMULATOR_PROGRAM PROFILE_FILE
//        c-abi leave
//
// EMULATOR_JSON is the line that `pim-emulator serve` prints when it is ready; PROFILE_FILE is where its scripted browser
// keeps its passkey. Ends with `N passed, N failed`. With `leave` it ends at once, with a call that waits and nothing freed.

#include "harness.h"

#include <stdio.h>
#include <string.h>

static bool configuration(char *const *arguments, char *config, size_t size)
{
    char login[256], graph[256], arm[256], tenant[256], program[TEXT_SIZE], profile[TEXT_SIZE];
    if (!member(arguments[1], "login", login, sizeof login) || !member(arguments[1], "graph", graph, sizeof graph) ||
        !member(arguments[1], "arm", arm, sizeof arm) || !member(arguments[1], "tenant", tenant, sizeof tenant))
        return false;
    escaped(arguments[2], program, sizeof program);
    escaped(arguments[3], profile, sizeof profile);
    int length = snprintf(config, size,
                          "{\"cloud\": {\"name\": \"Emulator\", \"login\": \"%s\", \"graph\": \"%s\", \"arm\": \"%s\"}, "
                          "\"tenant\": \"%s\", \"account\": \"adele@contoso.example\", "
                          "\"browser\": {\"mode\": \"command\", \"command\": [\"%s\", \"browse\", \"--profile\", \"%s\"]}}",
                          login, graph, arm, tenant, program, profile);
    return length > 0 && (size_t)length < size;
}

int main(int count, char **arguments)
{
    char config[4 * TEXT_SIZE];
    if (count == 2 && strcmp(arguments[1], "leave") == 0)
        return leave_waiting() ? 0 : 1;
    if (count != 4 || !configuration(arguments, config, sizeof config)) {
        fprintf(stderr, "usage: c-abi EMULATOR_JSON EMULATOR_PROGRAM PROFILE_FILE\n");
        return 2;
    }
    test_misuse();
    test_challenges();
    test_threads();
    test_activation(config);
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
