// The least that a test program needs: named tests, checks that go on, an exit code.
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int check_failures;
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            printf("FAIL %s:%d: %s\n", __FILE__, __LINE__, #condition);                                      \
            check_failures++;                                                                                \
        }                                                                                                    \
    } while (0)
#define CHECK_TEXT(actual, expected)                                                                         \
    do {                                                                                                     \
        const char *a_ = (actual), *e_ = (expected);                                                         \
        if (strcmp(a_, e_)) {                                                                                \
            printf("FAIL %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #actual, a_, e_);           \
            check_failures++;                                                                                \
        }                                                                                                    \
    } while (0)
#define RUN(test)                                                                                            \
    do {                                                                                                     \
        int before_ = check_failures;                                                                        \
        test();                                                                                              \
        if (check_failures == before_)                                                                       \
            printf("PASS %s\n", #test);                                                                      \
    } while (0)

#endif
