using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Instantiate;

/// <summary>
/// Makes the compiler compile instantiations that no code names, by code that names them and never runs: a method that the entry point
/// calls if a field has a value, which only that method gives it.
/// </summary>
public sealed class InstantiationWriter(AssemblyStore store)
{
    public const string TypeName = "<Instantiations>";

    /// <summary>Adds the code to the program's assembly. Returns whether there was anything to add.</summary>
    public bool Write(AssemblyDefinition main, Instantiations instantiations)
    {
        if (instantiations.Implementations.Count == 0)
            return false;
        ModuleDefinition module = main.MainModule;
        var importer = new ReferenceImporter(module, store);
        var holder = new TypeDefinition("", TypeName, TypeAttributes.NotPublic | TypeAttributes.Abstract | TypeAttributes.Sealed | TypeAttributes.BeforeFieldInit, importer.Type(store.CoreLibrary.MainModule.GetType("System.Object")));
        var held = new FieldDefinition("s_held", FieldAttributes.Assembly | FieldAttributes.Static, module.TypeSystem.Object);
        var construct = new MethodDefinition("Construct", MethodAttributes.Assembly | MethodAttributes.Static | MethodAttributes.HideBySig, module.TypeSystem.Void) { ImplAttributes = MethodImplAttributes.NoInlining };
        holder.Fields.Add(held);
        holder.Methods.Add(construct);
        module.Types.Add(holder);

        ILProcessor il = construct.Body.GetILProcessor();
        construct.Body.InitLocals = true;
        foreach ((GenericInstanceType type, MethodDefinition constructor) in instantiations.Implementations)
        {
            var owner = (GenericInstanceType)importer.Type(type);
            var reference = new MethodReference(".ctor", module.TypeSystem.Void, owner) { HasThis = true };
            foreach (ParameterDefinition parameter in constructor.Parameters)
            {
                reference.Parameters.Add(new ParameterDefinition(importer.Type(parameter.ParameterType)));
                if (store.Resolver.Resolve(parameter.ParameterType) is { IsValueType: true })
                {
                    // Structures of the type's own arguments: references.
                    var local = new VariableDefinition(importer.Type(GenericServices.Substitute(parameter.ParameterType, GenericParameterType.Type, type.GenericArguments)));
                    construct.Body.Variables.Add(local);
                    il.Emit(OpCodes.Ldloc, local);
                }
                else
                {
                    il.Emit(OpCodes.Ldnull);
                }
            }

            il.Emit(OpCodes.Newobj, reference);
            il.Emit(OpCodes.Stsfld, held);
        }

        foreach (TypeReference element in instantiations.Elements)
        {
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Newarr, importer.Type(element));
            il.Emit(OpCodes.Stsfld, held);
        }

        il.Emit(OpCodes.Ret);

        MethodBody entry = main.EntryPoint.Body;
        ILProcessor start = entry.GetILProcessor();
        Instruction first = entry.Instructions[0];
        start.InsertBefore(first, start.Create(OpCodes.Ldsfld, held));
        start.InsertBefore(first, start.Create(OpCodes.Brfalse, first));
        start.InsertBefore(first, start.Create(OpCodes.Call, construct));
        return true;
    }
}
