/** Words that mean something to an operator only. */
export const operatorsWords =
  /bedrock|IAM|AWS|credentials of the|functions|payment|registry|registered|catalog|probe|rollback|switch|audit|ai_assistants|is_active|suspended|quota|throttled|eu-north-1|operator|database|server|instance|stream|geographies/i;
