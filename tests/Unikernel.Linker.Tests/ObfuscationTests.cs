using Mono.Cecil;
using Mono.Cecil.Cil;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>What obfuscators do to metadata and code, one thing at a time. tests/guest/Obfuscated has it all at once, and runs it.</summary>
public sealed class ObfuscationTests
{
    /// <summary>Applies a change to the library, links, and hands out the library.</summary>
    private static void Link(Action<ModuleDefinition> change, Action<ModuleDefinition> check)
    {
        using LinkedProgram program = InputTests.WithLibrary(path => InputTests.Change(path, change));
        Assert.Empty(program.Messages);
        using AssemblyDefinition linked = program.Read("lib");
        check(linked.MainModule);
    }

    private static MethodDefinition M(ModuleDefinition module) => module.GetType("Lib").Methods.Single(m => m.Name == "M");

    private static MethodDefinition Returning(string name, TypeReference type, params Instruction[] code)
    {
        var method = new MethodDefinition(name, MethodAttributes.Static | MethodAttributes.Public, type);
        foreach (Instruction instruction in code)
            method.Body.Instructions.Add(instruction);
        method.Body.Instructions.Add(Instruction.Create(OpCodes.Ret));
        return method;
    }

    private static void CallFirst(MethodDefinition caller, MethodReference called)
    {
        ILProcessor code = caller.Body.GetILProcessor();
        Instruction first = caller.Body.Instructions[0];
        code.InsertBefore(first, Instruction.Create(OpCodes.Call, called));
        if (called.ReturnType.MetadataType != MetadataType.Void)
            code.InsertBefore(first, Instruction.Create(OpCodes.Pop));
    }

    /// <summary>Unprintable and equal names, junk that is never called, an attribute that nobody can decode, and one that asks decompilers to stop.</summary>
    [Fact]
    public void Junk_is_removed() => Link(
        module =>
        {
            var junk = new TypeDefinition("", "\u200b", TypeAttributes.Class, module.TypeSystem.Object);
            for (int i = 0; i < 3; i++)
            {
                var method = new MethodDefinition("\u200b", MethodAttributes.Static, module.TypeSystem.Void);
                method.Body.GetILProcessor().Append(Instruction.Create(OpCodes.Br, method.Body.GetILProcessor().Create(OpCodes.Nop)));
                method.Body.Instructions.Add((Instruction)method.Body.Instructions[0].Operand);
                junk.Methods.Add(method);
            }

            module.Types.Add(junk);
            var absent = new MethodReference(".ctor", module.TypeSystem.Void, new TypeReference("", "\u202e", module, module.TypeSystem.CoreLibrary)) { HasThis = true };
            module.GetType("Lib").CustomAttributes.Add(new CustomAttribute(absent, [1, 0, 0xFF]));
            var suppress = new TypeReference("System.Runtime.CompilerServices", "SuppressIldasmAttribute", module, module.TypeSystem.CoreLibrary);
            module.Assembly.CustomAttributes.Add(new CustomAttribute(new MethodReference(".ctor", module.TypeSystem.Void, suppress) { HasThis = true }));
        },
        linked => Assert.Equal(["<Module>", "Lib"], linked.GetTypes().Select(t => t.Name)));

    [Theory]
    [InlineData("")]
    [InlineData("\u0001\t\n")]
    [InlineData("\u202e\u200b")]
    [InlineData("a.b/c+d,e[f]`2&*\\")]
    [InlineData("\ud83d\ude00")]
    [InlineData("M")]
    public void Names_of_any_kind_are_called(string name) => Link(
        module =>
        {
            var type = new TypeDefinition(name, "T" + name, TypeAttributes.Class | TypeAttributes.Public, module.TypeSystem.Object);
            module.Types.Add(type);
            type.Methods.Add(Returning(name, module.TypeSystem.Void));
            CallFirst(M(module), type.Methods[0]);
        },
        linked => Assert.Equal(name, Assert.Single(linked.Types.Single(t => t.Name == "T" + name).Methods).Name));

    /// <summary>ECMA-335 II.22.26: C# can not, IL can.</summary>
    [Fact]
    public void Overloads_by_what_they_return() => Link(
        module =>
        {
            TypeDefinition type = module.GetType("Lib");
            type.Methods.Add(Returning("O", module.TypeSystem.Int32, Instruction.Create(OpCodes.Ldc_I4_7)));
            type.Methods.Add(Returning("O", module.TypeSystem.String, Instruction.Create(OpCodes.Ldstr, "seven")));
            type.Methods.Add(Returning("O", module.TypeSystem.Int64, Instruction.Create(OpCodes.Ldc_I8, 7L)));
            // By name and signature, as another assembly or a generic type would.
            CallFirst(M(module), new MethodReference("O", module.TypeSystem.String, type));
        },
        linked => Assert.Equal("String", Assert.Single(linked.GetType("Lib").Methods, m => m.Name == "O").ReturnType.Name));

    [Fact]
    public void Code_behind_the_last_return_is_never_decoded() => Link(
        module =>
        {
            ILProcessor code = M(module).Body.GetILProcessor();
            code.Emit(OpCodes.Add);
            code.Emit(OpCodes.Ldfld, new FieldReference("\0", module.TypeSystem.Object, module.GetType("Lib")));
            code.Emit(OpCodes.Call, new MethodReference("absent", module.TypeSystem.Void, module.GetType("Lib")));
            code.Emit(OpCodes.Ret);
        },
        linked => Assert.Contains(M(linked).Body.Instructions, i => i.OpCode == OpCodes.Call));

    [Fact]
    public void Types_nested_a_thousand_deep() => Link(
        module =>
        {
            TypeDefinition outer = module.GetType("Lib");
            for (int i = 0; i < 1000; i++)
            {
                var inner = new TypeDefinition("", "N", TypeAttributes.NestedPublic, module.TypeSystem.Object);
                outer.NestedTypes.Add(inner);
                outer = inner;
            }

            outer.Methods.Add(Returning("Deep", module.TypeSystem.Void));
            CallFirst(M(module), outer.Methods[0]);
        },
        linked =>
        {
            int depth = 0;
            TypeDefinition type = linked.GetType("Lib");
            for (; type.HasNestedTypes; type = type.NestedTypes[0])
                depth++;
            Assert.Equal(1000, depth);
            Assert.Equal("Deep", Assert.Single(type.Methods).Name);
        });

    /// <summary>ILC finds the field of a reference by its name alone.</summary>
    [Fact]
    public void Fields_that_share_a_name_get_one_each() => Link(
        module =>
        {
            var type = new TypeDefinition("", "G`1", TypeAttributes.Class | TypeAttributes.Public, module.TypeSystem.Object);
            type.GenericParameters.Add(new GenericParameter("T", type));
            type.Fields.Add(new FieldDefinition("f", FieldAttributes.Static | FieldAttributes.Public, module.TypeSystem.Int32));
            type.Fields.Add(new FieldDefinition("f", FieldAttributes.Static | FieldAttributes.Public, module.TypeSystem.String));
            type.Fields.Add(new FieldDefinition("f#2", FieldAttributes.Static | FieldAttributes.Public, module.TypeSystem.Int64));
            module.Types.Add(type);
            var instance = new GenericInstanceType(type);
            instance.GenericArguments.Add(module.TypeSystem.Object);
            ILProcessor code = M(module).Body.GetILProcessor();
            foreach (FieldDefinition field in type.Fields.Reverse())
            {
                code.InsertBefore(code.Body.Instructions[0], Instruction.Create(OpCodes.Pop));
                code.InsertBefore(code.Body.Instructions[0], Instruction.Create(OpCodes.Ldsfld, new FieldReference(field.Name, field.FieldType, instance)));
            }
        },
        linked =>
        {
            (string, string)[] expected = [("f", "Int32"), ("f#3", "String"), ("f#2", "Int64")];
            Assert.Equal(expected, linked.GetType("G`1").Fields.Select(f => (f.Name, f.FieldType.Name)));
            Assert.Equal(expected, M(linked).Body.Instructions.Select(i => i.Operand).OfType<FieldReference>().Select(f => (f.Name, f.FieldType.Name)));
        });

    /// <summary>ILC ends when a method and the data of a field, or methods of two types, get one symbol.</summary>
    [Fact]
    public void Members_that_would_share_a_symbol_get_letters() => Link(
        module =>
        {
            var type = new TypeDefinition("", "\u200b", TypeAttributes.Class | TypeAttributes.Public, module.TypeSystem.Object);
            var data = new FieldDefinition("\u200c", FieldAttributes.Static | FieldAttributes.Assembly | FieldAttributes.HasFieldRVA, module.TypeSystem.Int32) { InitialValue = [1, 2, 3, 4] };
            type.Fields.Add(data);
            type.Fields.Add(new FieldDefinition("\u200d", FieldAttributes.Static | FieldAttributes.Assembly, module.TypeSystem.Int32));
            type.Methods.Add(Returning("\u200d", module.TypeSystem.Int32, Instruction.Create(OpCodes.Ldsfld, data), Instruction.Create(OpCodes.Ldsfld, type.Fields[1]), Instruction.Create(OpCodes.Add)));
            module.Types.Add(type);
            CallFirst(M(module), new MethodReference("\u200d", module.TypeSystem.Int32, type));
        },
        linked =>
        {
            TypeDefinition type = linked.Types.Single(t => t.Name == "\u200b");
            Assert.Equal(["f1", "\u200d"], type.Fields.Select(f => f.Name)); // a field without data has no symbol
            Assert.Equal("m1", Assert.Single(type.Methods).Name);
            Assert.Contains(M(linked).Body.Instructions, i => i.Operand is MethodReference { Name: "m1" });
        });
}
