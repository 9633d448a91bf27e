// The command line's grammar, apart from its use, so that the host's tests can run it.
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define COMMAND_LINE_MAX 4095
#define COMMAND_LINE_WORDS_MAX 512

struct command_line {
    char text[COMMAND_LINE_MAX + 1]; // the words, unquoted, each with its terminating zero
    char *words[COMMAND_LINE_WORDS_MAX];
    size_t word_count;
    size_t first_argument; // index of the first word after "--"; word_count: none
    size_t argument_end;   // arguments end here; options that the machine appended may follow
    bool has_arguments;    // there is a "--", perhaps with nothing after it
};

enum command_line_error {
    COMMAND_LINE_OK,
    COMMAND_LINE_TOO_LONG,
    COMMAND_LINE_TOO_MANY_WORDS,
    COMMAND_LINE_OPEN_QUOTE,
};

// Splits `line` at blanks. ' and " quote blanks and each other and vanish; a backslash stands for itself except before " and \
// outside of single quotes. *where is the offset of the fault.
enum command_line_error command_line_split(const char *line, struct command_line *out, size_t *where);

// What a word before "--" is: an option (its name has a dot, or is ip), an environment variable (NAME=VALUE),
// or neither (ignored, as Linux hands such words to init, which this is not).
bool command_line_is_option(const char *word);
bool command_line_is_variable(const char *word);

#endif
