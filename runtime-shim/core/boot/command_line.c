// From the command line to argv, environ, and the core's options.
#include "command_line.h"
#include "core.h"

int program_argc;
char **program_argv, **program_environ;

static struct command_line parsed;
static char *arguments[COMMAND_LINE_WORDS_MAX + 2], *environment[COMMAND_LINE_WORDS_MAX + 1];

// Built in by the SDK's link step (the assembly's name); a hand-made link has none.
extern const char uk_program_name[] __attribute__((weak));

void command_line_init(void) {
    size_t where;
    switch (command_line_split(boot_info.command_line, &parsed, &where)) {
    case COMMAND_LINE_OK:
        break;
    case COMMAND_LINE_TOO_LONG:
        refuse("UKN9001 the kernel command line is longer than %u bytes; shorten it, or put settings into the project",
               COMMAND_LINE_MAX);
    case COMMAND_LINE_TOO_MANY_WORDS:
        refuse("UKN9001 the kernel command line has more than %u words; shorten it, or put settings into the project",
               COMMAND_LINE_WORDS_MAX);
    case COMMAND_LINE_OPEN_QUOTE:
        refuse("UKN9002 the kernel command line has a quote that is not closed, at offset %zu: %s", where,
               boot_info.command_line + where);
    }

    size_t variables = 0;
    for (size_t i = 0; i < parsed.first_argument; i++)
        if (command_line_is_variable(parsed.words[i]))
            environment[variables++] = parsed.words[i];
    program_environ = environment;

    static char no_name[] = "program";
    arguments[program_argc++] = &uk_program_name[0] ? (char *)uk_program_name : no_name;
    for (size_t i = parsed.first_argument; i < parsed.word_count; i++)
        arguments[program_argc++] = parsed.words[i];
    program_argv = arguments;
}

const char *command_line_option(const char *name, const char *previous) {
    for (size_t i = 0; i < parsed.first_argument; i++) {
        const char *word = parsed.words[i], *n = name;
        if (previous && word <= previous)
            continue;
        while (*n && *word == *n)
            word++, n++;
        if (!*n && *word == '=')
            return word + 1;
    }
    return NULL;
}
