// Structured data: JSON by the source generator and by hand, XML in every reader that works without code generation.

using Unikernel.Guest;

return Suite.Run(args, ("json", JsonCases.Run), ("nodes", JsonNodeCases.Run), ("xml", XmlCases.Run));
