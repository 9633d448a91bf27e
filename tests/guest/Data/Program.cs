// Structured data: JSON by the source generator and by hand, XML in every reader that works without code generation; ciphers; figures of the process.

using Unikernel.Guest;

return Suite.Run(args, ("json", JsonCases.Run), ("nodes", JsonNodeCases.Run), ("xml", XmlCases.Run), ("ciphers", CipherCases.Run), ("process", ProcessCases.Run));
