using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Nodes;
using Unikernel.Linker.Replace;

namespace Unikernel.Linker.Sweep;

/// <summary>Gives each kept method the body that marking assumed: bound, replaced, substituted, folded, or a throw.</summary>
public sealed class BodyRewriter(LinkContext context, BoundBodies bound)
{
    public void Rewrite(MethodDefinition method)
    {
        if (!context.Nodes.IsBodyMarked(method))
        {
            if (method.HasBody)
                Empty(method);
        }
        else if (bound.TryRewrite(method))
        {
            return;
        }
        else if (context.Substitutions.Find(method) is { } substitution)
        {
            Substitute(method, substitution);
        }
        else if (context.Nodes.Body(method).Folded is { } folded)
        {
            folded.Apply(method.Body);
        }
    }

    // Only the signature is needed: nothing calls the method, so what it would do if called is a defect made visible.
    private static void Empty(MethodDefinition method)
    {
        MethodBody body = NewBody(method);
        ILProcessor il = body.GetILProcessor();
        il.Emit(OpCodes.Ldnull);
        il.Emit(OpCodes.Throw);
        method.Body = body;
    }

    private void Substitute(MethodDefinition method, BodySubstitution substitution)
    {
        MethodBody body = NewBody(method);
        ILProcessor il = body.GetILProcessor();
        if (substitution.Throws)
        {
            // The same helper that ILC calls for a removed feature: its message names the cause.
            TypeDefinition? helpers = context.Store.CoreLibrary.MainModule.GetType("Internal.Runtime.CompilerHelpers.ThrowHelpers");
            if (helpers?.Methods.FirstOrDefault(m => m.Name == "ThrowFeatureBodyRemoved" && m.IsStatic && !m.HasParameters) is { } helper)
                il.Emit(OpCodes.Call, new ReferenceImporter(method.Module, context.Store).Method(helper));
            il.Emit(OpCodes.Ldnull);
            il.Emit(OpCodes.Throw);
        }
        else
        {
            EmitConstant(il, body, method, substitution.Value);
            il.Emit(OpCodes.Ret);
        }

        method.Body = body;
    }

    private static void EmitConstant(ILProcessor il, MethodBody body, MethodDefinition method, object? value)
    {
        if (method.ReturnType.MetadataType == MetadataType.Void)
            return;
        switch (value)
        {
            case int number: il.Emit(OpCodes.Ldc_I4, number); break;
            case long number: il.Emit(OpCodes.Ldc_I8, number); break;
            case float number: il.Emit(OpCodes.Ldc_R4, number); break;
            case double number: il.Emit(OpCodes.Ldc_R8, number); break;
            case string text: il.Emit(OpCodes.Ldstr, text); break;
            default:
                if (method.ReturnType.IsValueType || method.ReturnType is GenericParameter)
                {
                    var local = new VariableDefinition(method.ReturnType);
                    body.Variables.Add(local);
                    body.InitLocals = true;
                    il.Emit(OpCodes.Ldloc, local);
                }
                else
                {
                    il.Emit(OpCodes.Ldnull);
                }

                break;
        }
    }

    private static MethodBody NewBody(MethodDefinition method) => new(method) { InitLocals = false };
}
