// From the command line to argv, environ, and the core's options.
#include "command_line.h"
#include "core.h"

int program_argc;
char **program_argv, **program_environ;

static struct command_line given, built_in;
static char *arguments[COMMAND_LINE_WORDS_MAX + 2], *environment[2 * COMMAND_LINE_WORDS_MAX + 1];

// Put into the image by the SDK's link step: the assembly's name, and the project's variables and arguments
// in the grammar of the command line. A hand-made link has neither.
extern const char uk_program_name[] __attribute__((weak)), uk_builtin_command_line[] __attribute__((weak));

static void split(const char *line, const char *whose, struct command_line *out) {
    size_t where;
    switch (command_line_split(line, out, &where)) {
    case COMMAND_LINE_OK:
        break;
    case COMMAND_LINE_TOO_LONG:
        refuse("UKN9001 the %s command line is longer than %u bytes; shorten it, or put settings into the "
               "project",
               whose, COMMAND_LINE_MAX);
    case COMMAND_LINE_TOO_MANY_WORDS:
        refuse("UKN9001 the %s command line has more than %u words; shorten it, or put settings into the "
               "project",
               whose, COMMAND_LINE_WORDS_MAX);
    case COMMAND_LINE_OPEN_QUOTE:
        refuse("UKN9002 the %s command line has a quote that is not closed, at offset %zu: %s", whose, where,
               line + where);
    }
}

// Are these two variables, NAME=VALUE, of one name?
static bool same_name(const char *a, const char *b) {
    while (*a == *b && *a != '=')
        a++, b++;
    return *a == '=' && *b == '=';
}

// Of two of one name on one line the later holds (as in Linux, init/main.c unknown_bootoption()). What an earlier
// line set stays: the machine's owner has the last word.
static size_t add_variables(const struct command_line *line, size_t count) {
    size_t first = count;
    for (size_t i = 0; i < line->first_argument; i++) {
        if (!command_line_is_variable(line->words[i]))
            continue;
        size_t k = 0;
        while (k < count && !same_name(environment[k], line->words[i]))
            k++;
        if (k >= first)
            environment[k] = line->words[i];
        if (k == count)
            count++;
    }
    return count;
}

void command_line_init(void) {
    split(boot_info.command_line, "kernel", &given);
    if (&uk_builtin_command_line[0])
        split(uk_builtin_command_line, "built-in", &built_in);

    add_variables(&built_in, add_variables(&given, 0));
    program_environ = environment;

    static char no_name[] = "program";
    arguments[program_argc++] = &uk_program_name[0] ? (char *)uk_program_name : no_name;
    const struct command_line *line = given.has_arguments ? &given : &built_in;
    for (size_t i = line->first_argument; i < line->argument_end; i++)
        arguments[program_argc++] = line->words[i];
    program_argv = arguments;
}

// The part after NAME=; NULL: another word.
static const char *value_of(const char *word, const char *name) {
    while (*name && *word == *name)
        word++, name++;
    return !*name && *word == '=' ? word + 1 : NULL;
}

const char *command_line_option(const char *name, const char *previous) {
    const struct command_line *lines[] = {&given, &built_in};
    for (int l = 0; l < 2; l++)
        for (size_t i = 0; i < lines[l]->word_count; i++) {
            if (i >= lines[l]->first_argument && i < lines[l]->argument_end)
                continue;
            const char *value = value_of(lines[l]->words[i], name);
            if (value && !previous)
                return value;
            if (value == previous)
                previous = NULL;
        }
    return NULL;
}
