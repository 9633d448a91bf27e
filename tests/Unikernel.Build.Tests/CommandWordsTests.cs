extern alias tasks;

using tasks::Unikernel.Build.Tasks;
using Unikernel.Run;

namespace Unikernel.Build.Tests;

public class CommandWordsTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "''")]
    [InlineData("two words", "'two words'")]
    [InlineData("it's", "\"it's\"")]
    [InlineData("say \"hi\"", "'say \"hi\"'")]
    [InlineData("it's \"\\\"", "\"it's \\\"\\\\\\\"\"")]
    [InlineData("C:\\dir\\", "'C:\\dir\\'")]
    [InlineData("NAME=a b", "'NAME=a b'")]
    [InlineData("größe", "größe")]
    public void QuotesOnlyWhatMustBe(string value, string quoted)
    {
        Assert.Equal(quoted, CommandWords.Quote(value));
        Assert.Equal([value], CommandWords.Split(quoted));
    }

    [Fact]
    public void AnyWordsComeBack()
    {
        var random = new Random(20250101);
        const string alphabet = "ab '\"\\\t=-";
        for (int round = 0; round < 2000; round++)
        {
            string[] words = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => string.Concat(random.GetItems<char>(alphabet, random.Next(0, 6))))];
            Assert.Equal(words, CommandWords.Split(string.Join(' ', words.Select(CommandWords.Quote))));
        }
    }

    [Theory]
    [InlineData("'open")]
    [InlineData("a \"b")]
    public void AnOpenQuoteIsRefused(string text) => Assert.Throws<FormatException>(() => CommandWords.Split(text));

    [Theory]
    [InlineData("a;b,c", "a%3Bb%2Cc")]
    [InlineData("100% \"sure\"", "100%25 %22sure%22")]
    public void PropertyValuesAreEscapedForMSBuild(string value, string escaped) => Assert.Equal(escaped, PublishToRun.EscapeValue(value));
}
