// sources: boot/command_line_split.c
#include "boot/command_line.h"
#include "check.h"
#include <stdlib.h>

static struct command_line line;
static size_t where;

static enum command_line_error split(const char *text) {
    memset(&line, 0x5a, sizeof line); // nothing may depend on zeroes
    return command_line_split(text, &line, &where);
}

static void words_are_split_at_blanks(void) {
    CHECK(split("  a=1\tb  c\n") == COMMAND_LINE_OK);
    CHECK(line.word_count == 3);
    CHECK_TEXT(line.words[0], "a=1");
    CHECK_TEXT(line.words[1], "b");
    CHECK_TEXT(line.words[2], "c");
    CHECK(line.first_argument == 3);
}

static void nothing_gives_no_words(void) {
    CHECK(split("") == COMMAND_LINE_OK);
    CHECK(line.word_count == 0 && line.first_argument == 0);
    CHECK(split(" \t ") == COMMAND_LINE_OK);
    CHECK(line.word_count == 0);
}

static void arguments_follow_two_dashes(void) {
    CHECK(split("A=1 -- x -- --y B=2") == COMMAND_LINE_OK);
    CHECK(line.word_count == 5 && line.first_argument == 1);
    CHECK_TEXT(line.words[1], "x");
    CHECK_TEXT(line.words[2], "--"); // only the first one divides
    CHECK_TEXT(line.words[3], "--y");
    CHECK_TEXT(line.words[4], "B=2");
    CHECK(split("--") == COMMAND_LINE_OK);
    CHECK(line.word_count == 0 && line.first_argument == 0);
    CHECK(split("--x") == COMMAND_LINE_OK);
    CHECK(line.word_count == 1 && line.first_argument == 1);
    CHECK(split("'--' x") == COMMAND_LINE_OK); // quoted: a word
    CHECK(line.first_argument == 2);
}

static void devices_that_the_machine_appends_are_not_arguments(void) {
    CHECK(split("A=1 -- x virtio_mmio.device=1@2:3 y virtio_mmio.device=512@0xfeb00e00:12 virtio_mmio.device=4@5:6") ==
          COMMAND_LINE_OK);
    CHECK(line.word_count == 6 && line.first_argument == 1 && line.argument_end == 4);
    CHECK_TEXT(line.words[3], "y");
    CHECK(split("virtio_mmio.device=1@2:3") == COMMAND_LINE_OK);
    CHECK(line.first_argument == 1 && line.argument_end == 1);
    CHECK(split("-- virtio_mmio.device=1@2:3") == COMMAND_LINE_OK);
    CHECK(line.first_argument == 0 && line.argument_end == 0 && line.word_count == 1);
}

static void quotes_protect(void) {
    CHECK(split("A='b c' \"D=e 'f'\" -- '' \"a\"'b'c \"x\\\"y\" 'x\\y' \\\\z") == COMMAND_LINE_OK);
    CHECK_TEXT(line.words[0], "A=b c");
    CHECK_TEXT(line.words[1], "D=e 'f'");
    CHECK_TEXT(line.words[2], ""); // an empty argument is one
    CHECK_TEXT(line.words[3], "abc");
    CHECK_TEXT(line.words[4], "x\"y");
    CHECK_TEXT(line.words[5], "x\\y");
    CHECK_TEXT(line.words[6], "\\z");
    CHECK(line.word_count == 7);
}

static void a_backslash_elsewhere_is_itself(void) {
    CHECK(split("P=C:\\dir\\new \\n") == COMMAND_LINE_OK);
    CHECK_TEXT(line.words[0], "P=C:\\dir\\new");
    CHECK_TEXT(line.words[1], "\\n");
}

static void an_open_quote_is_an_error_at_its_place(void) {
    CHECK(split("A=1 B='x y") == COMMAND_LINE_OPEN_QUOTE);
    CHECK(where == 6);
    CHECK(split("\"") == COMMAND_LINE_OPEN_QUOTE);
    CHECK(where == 0);
    CHECK(split("'a' \"b'") == COMMAND_LINE_OPEN_QUOTE);
    CHECK(where == 4);
    CHECK(split("\"a\\\"") == COMMAND_LINE_OPEN_QUOTE); // the last quote is escaped
}

static void limits_are_errors(void) {
    char *text = malloc(COMMAND_LINE_MAX + 2);
    memset(text, 'x', COMMAND_LINE_MAX + 1);
    text[COMMAND_LINE_MAX] = 0;
    CHECK(split(text) == COMMAND_LINE_OK);
    CHECK(line.word_count == 1 && strlen(line.words[0]) == COMMAND_LINE_MAX);
    text[COMMAND_LINE_MAX] = 'x';
    text[COMMAND_LINE_MAX + 1] = 0;
    CHECK(split(text) == COMMAND_LINE_TOO_LONG);

    for (size_t i = 0; i < COMMAND_LINE_WORDS_MAX + 1; i++)
        memcpy(text + 2 * i, "w ", 2);
    text[2 * (COMMAND_LINE_WORDS_MAX + 1)] = 0;
    CHECK(split(text) == COMMAND_LINE_TOO_MANY_WORDS);
    text[2 * COMMAND_LINE_WORDS_MAX] = 0;
    CHECK(split(text) == COMMAND_LINE_OK);
    CHECK(line.word_count == COMMAND_LINE_WORDS_MAX);
    free(text);
}

static void bytes_above_ascii_are_kept(void) {
    CHECK(split("NAME=\xc3\xa9\xe2\x82\xac") == COMMAND_LINE_OK);
    CHECK_TEXT(line.words[0], "NAME=\xc3\xa9\xe2\x82\xac");
}

static void kinds_of_words(void) {
    CHECK(command_line_is_variable("PATH=/bin"));
    CHECK(command_line_is_variable("ASPNETCORE_URLS=http://0.0.0.0:8080")); // a dot in the value is no option
    CHECK(command_line_is_variable("EMPTY="));
    CHECK(!command_line_is_variable("quiet"));
    CHECK(!command_line_is_variable("=x"));
    CHECK(!command_line_is_variable("uk.tick=10"));
    CHECK(!command_line_is_variable("ip=dhcp"));
    CHECK(command_line_is_option("virtio_mmio.device=512@0xfeb00e00:12"));
    CHECK(command_line_is_option("ip=dhcp"));
    CHECK(!command_line_is_option("ipx=1"));
}

// Any input: no crash under the sanitizers, and every word lies within the text.
static void random_lines(void) {
    static const char alphabet[] = "ab=.'\"\\ \t-";
    unsigned seed = 12345;
    for (int round = 0; round < 20000; round++) {
        char text[64];
        size_t length = (size_t)(rand_r(&seed) % 63);
        for (size_t i = 0; i < length; i++)
            text[i] = alphabet[rand_r(&seed) % (int)(sizeof alphabet - 1)];
        text[length] = 0;
        char *exact = strdup(text); // so that reading beyond its end is seen
        if (split(exact) == COMMAND_LINE_OK) {
            CHECK(line.first_argument <= line.word_count);
            for (size_t i = 0; i < line.word_count; i++)
                CHECK(line.words[i] >= line.text &&
                      line.words[i] + strlen(line.words[i]) < line.text + sizeof line.text);
        }
        free(exact);
    }
}

int main(void) {
    RUN(words_are_split_at_blanks);
    RUN(nothing_gives_no_words);
    RUN(arguments_follow_two_dashes);
    RUN(devices_that_the_machine_appends_are_not_arguments);
    RUN(quotes_protect);
    RUN(a_backslash_elsewhere_is_itself);
    RUN(an_open_quote_is_an_error_at_its_place);
    RUN(limits_are_errors);
    RUN(bytes_above_ascii_are_kept);
    RUN(kinds_of_words);
    RUN(random_lines);
    return check_failures != 0;
}
