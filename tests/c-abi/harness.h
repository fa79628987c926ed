// What all tests of the C ABI share: counting, and running an operation to its end.

#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pim_stepup.h"

enum { PATIENCE_MS = 120000, TEXT_SIZE = 4096 };

extern int passed, failed;

// Counts one expectation and names it when it is not met.
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

bool check(bool condition, const char *what, const char *file, int line);

// The first output and the final event of a call, as texts that end with a zero.
struct outcome {
    int32_t status;
    char *output;
    char *final;
};

uint64_t session_with(const char *config);
int32_t start(uint64_t session, const char *operation, const char *request, uint64_t *call);
int32_t next(uint64_t call, uint32_t timeout_ms, char **event);
struct outcome finish(uint64_t call);
struct outcome run(uint64_t session, const char *operation, const char *request);
void outcome_free(struct outcome *outcome);

// Whether a text is there and holds another.
bool holds(const char *text, const char *part);

// Copies the value of a string member of a JSON text; true if it is there and fits.
bool member(const char *json, const char *name, char *value, size_t size);

// Writes a text as a JSON string without its quotes.
void escaped(const char *text, char *value, size_t size);

void test_misuse(void);
void test_challenges(void);
void test_threads(void);
bool leave_waiting(void);
void test_activation(const char *config);

#endif
