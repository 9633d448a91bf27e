// Text: encodings, strings, regular expressions, LINQ over words.

using Unikernel.Guest;

return Suite.Run(args, ("strings", StringCases.Run), ("encoding", EncodingCases.Run), ("regex", RegexCases.Run), ("linq", LinqCases.Run));
