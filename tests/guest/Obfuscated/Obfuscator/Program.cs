// What obfuscators do to an assembly, all of it at once, so that it is tried what such an assembly becomes: Obfuscator ASSEMBLY distinct|same

using Mono.Cecil;
using Unikernel.Obfuscator;

if (args is not [string path, "distinct" or "same"])
{
    Console.Error.WriteLine("Obfuscator ASSEMBLY distinct|same, where the second says whether fields of one type may share a name and differ in type");
    return 2;
}

using (ModuleDefinition module = ModuleDefinition.ReadModule(new MemoryStream(File.ReadAllBytes(path))))
{
    // A compiler that had nothing to do left the assembly as it was obfuscated the last time.
    if (module.Assembly.CustomAttributes.Any(attribute => attribute.AttributeType.Name == Junk.Mark))
    {
        return 0;
    }

    HiddenStrings.Hide(module);
    Flow.Obscure(module);
    Renamer.Rename(module, fieldsShareNames: args[1] == "same");
    Junk.Add(module);
    module.Write(path);
}

File.Delete(Path.ChangeExtension(path, ".pdb"));
return 0;
